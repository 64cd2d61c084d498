import { Controller, Inject, Injectable, Module } from '@nestjs/common';
import { ClientsModule, Ctx, EventPattern, Payload, type ClientProxy } from '@nestjs/microservices';
import { Test } from '@nestjs/testing';
import { Redis } from 'ioredis';
import { firstValueFrom, take, toArray } from 'rxjs';
import { ackAfter, type GroupSource } from 'rxjs-redis-streams';
import type { RedisStreamsContext } from 'rxjs-redis-streams/nestjs';
import {
  InjectGroup,
  OnStream,
  REDIS_STREAMS,
  RedisStreamsClient,
  RedisStreamsHealthIndicator,
  RedisStreamsModule,
  RedisStreamsStrategy,
} from 'rxjs-redis-streams/nestjs';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { eventually } from '../../support/eventually.js';
import { startRedis, type RedisServer } from '../../support/redis-server.js';
import { silent } from '../../nestjs/support.js';

interface Order {
  readonly n: number;
  readonly fails?: boolean;
}

let server: RedisServer;
let redis: Redis;
beforeAll(async () => {
  server = await startRedis();
  redis = new Redis(server.port);
});
afterAll(async () => {
  redis.disconnect();
  await server.stop();
});

test('what a client emitted is handled, grouped and put away; keys have the prefix of the connection, and nothing is left of it', async () => {
  const seen: string[] = [];
  @Injectable()
  class Billing {
    constructor(@InjectGroup('audit') readonly audit: GroupSource<Order>) {}
    @OnStream('orders', { group: 'billing', redeliver: { delay: 1, maxDeliveries: 2, deadLetter: 'dead' } })
    charge({ n, fails }: Order, { attempt }: RedisStreamsContext): void {
      seen.push(`charge ${n} ${attempt}`);
      if (fails) throw new Error('no such customer');
    }
  }
  @Controller()
  class Mail {
    constructor(@Inject('EVENTS') readonly events: ClientProxy) {}
    @EventPattern<string>('orders', REDIS_STREAMS)
    async send(@Payload() { n }: Order, @Ctx() { stream }: RedisStreamsContext): Promise<void> {
      seen.push(`mail ${stream} ${n}`);
    }
  }
  const connection = { port: server.port, host: '127.0.0.1', keyPrefix: 'shop:' };
  @Module({
    imports: [
      RedisStreamsModule.forRootAsync({ useFactory: async () => ({ connection }) }),
      RedisStreamsModule.forFeature([
        { name: 'orders', streams: 'orders', autoCreate: { from: '0' } },
        { name: 'audit', streams: 'orders', group: 'audit', autoCreate: { from: '0' } },
      ]),
      ClientsModule.register([{ name: 'EVENTS', customClass: RedisStreamsClient, options: { connection } }]),
    ],
    providers: [Billing],
    controllers: [Mail],
  })
  class App {}

  const app = (
    await Test.createTestingModule({ imports: [App] })
      .setLogger(silent)
      .compile()
  ).createNestApplication();
  app.connectMicroservice({ strategy: new RedisStreamsStrategy({ group: 'mail' }) });
  await app.startAllMicroservices();
  await app.init();

  const { events } = app.get(Mail);
  await firstValueFrom(events.emit('orders', { n: 1 }));
  await firstValueFrom(events.emit('orders', { n: 2, fails: true }));
  const audited = await firstValueFrom(
    app.get(Billing).audit.pipe(
      ackAfter(({ value }) => value.n),
      take(2),
      toArray(),
    ),
  );
  expect(audited).toEqual([1, 2]);
  await eventually(async () => seen.length === 5 && (await redis.xlen('shop:dead')) === 1, 'all is handled, and one put away');
  expect(seen.sort()).toEqual(['charge 1 1', 'charge 2 1', 'charge 2 2', 'mail orders 1', 'mail orders 2']);
  await eventually(async () => {
    const groups = (await redis.xinfo('GROUPS', 'shop:orders')) as unknown[][];
    return groups.length === 3 && groups.every((group) => group[5] === 0);
  }, 'all is acked');
  const { streams } = await app.get(RedisStreamsHealthIndicator).isHealthy('streams');
  expect(streams).toMatchObject({ status: 'up', handlers: { 'Billing.charge': { lag: 0 }, 'Mail.send': { lag: 0 } } });

  await app.close();
  await eventually(
    async () =>
      String(await redis.client('LIST'))
        .trim()
        .split('\n').length === 1,
    'all connections are closed',
  );
  expect(await redis.keys('*')).toEqual(expect.arrayContaining(['shop:orders', 'shop:dead']));
});
