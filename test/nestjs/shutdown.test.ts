import { get, type IncomingMessage } from 'node:http';
import type { AddressInfo, Server } from 'node:net';
import { Controller, Injectable, Sse, type MessageEvent } from '@nestjs/common';
import { Ctx, EventPattern } from '@nestjs/microservices';
import { Test } from '@nestjs/testing';
import { map, NEVER, Observable, Subject } from 'rxjs';
import type { StreamsSource } from 'rxjs-redis-streams';
import {
  InjectStreams,
  OnStream,
  REDIS_STREAMS,
  RedisStreamsModule,
  RedisStreamsStrategy,
  type RedisStreamsContext,
} from 'rxjs-redis-streams/nestjs';
import { createMemoryRedis } from 'rxjs-redis-streams/testing';
import { expect, test } from 'vitest';
import { blockedReaders } from '../support/backends.js';
import { eventually } from '../support/eventually.js';
import { pending, silent, start } from './support.js';

const orders = RedisStreamsModule.forFeature([{ name: 'orders', streams: 'orders', autoCreate: { from: '0' } }]);

test('a page with server-sent events keeps neither HTTP nor the consumers alive', async () => {
  const log: string[] = [];
  @Controller()
  class Page {
    constructor(@InjectStreams('orders') private readonly feed: StreamsSource) {}
    @Sse('feed')
    events(): Observable<MessageEvent> {
      return this.feed.pipe(map(({ id, fields }) => ({ id, data: fields })));
    }
    @EventPattern<string>('orders', REDIS_STREAMS)
    charge(@Ctx() { id }: RedisStreamsContext): void {
      log.push(`handled ${id}`);
    }
  }
  const redis = createMemoryRedis();
  const imports = [RedisStreamsModule.forRoot({ connection: redis }), orders];
  const moduleRef = await Test.createTestingModule({ imports, controllers: [Page] })
    .setLogger(silent)
    .compile();
  const app = moduleRef.createNestApplication();
  app.connectMicroservice({ strategy: new RedisStreamsStrategy({ group: 'billing', autoCreate: { from: '0' } }) });
  await app.listen(0, '127.0.0.1');
  await app.startAllMicroservices();

  const { port } = (app.getHttpServer() as Server).address() as AddressInfo;
  const page = await new Promise<IncomingMessage>((resolve) =>
    get({ port, host: '127.0.0.1', path: '/feed', agent: false }, resolve),
  );
  let sent = '';
  page.setEncoding('utf8').on('data', (text: string) => (sent += text));
  const ended = new Promise((resolve) => page.once('end', resolve));
  await eventually(async () => {
    await redis.xadd('orders', '*', 'a', 'b'); // the page shows what is added from its opening on
    return sent.includes('"a":"b"');
  }, 'the page shows an entry');

  await app.close(); // would take for ever
  await ended;
  const handled = log.length;
  await redis.xadd('orders', '*', 'a', 'late');
  expect(await blockedReaders(redis)).toEqual([]);
  expect(log).toHaveLength(handled);
  redis.disconnect();
});

test('what runs is finished, what waits is given back, and nothing more is read', async () => {
  const [begun, end] = [[] as string[], new Subject<void>()];
  @Injectable()
  class Billing {
    @OnStream('orders', { group: 'billing', consumer: 'one', concurrency: 2 })
    charge(_order: object, { id }: RedisStreamsContext): Observable<void> {
      begun.push(id);
      return end;
    }
  }
  const { redis, app } = await start({ imports: [orders], providers: [Billing] });
  for (let i = 1; i <= 5; i++) await redis.xadd('orders', `${i}-0`, 'a', 'b');
  await eventually(async () => (await pending(redis, 'orders', 'billing')).length === 5, 'all are fetched');
  expect(await blockedReaders(redis)).toHaveLength(1);
  const closed = app.close();
  await eventually(async () => (await blockedReaders(redis)).length === 0, 'reading has ended');
  await redis.xadd('orders', '6-0', 'a', 'b');
  end.complete();
  await closed;
  expect(begun).toEqual(['1-0', '2-0']);
  const rows = (await redis.xpending('orders', 'billing', '-', '+', 10)) as [string, string, number, number][];
  // never begun: their deliveries do not count, and anybody may claim them at once
  expect(rows.map(([id, , , deliveries]) => [id, deliveries])).toEqual([
    ['3-0', 0],
    ['4-0', 0],
    ['5-0', 0],
  ]);
});

test('what takes longer than drainTimeout is cancelled, and stays pending', async () => {
  const log: string[] = [];
  @Injectable()
  class Billing {
    @OnStream('orders', { group: 'billing' })
    charge(_order: object, { signal }: RedisStreamsContext): Observable<never> {
      signal.addEventListener('abort', () => log.push('aborted'));
      return new Observable((subscriber) => {
        log.push('begun');
        NEVER.subscribe(subscriber);
        return () => log.push('unsubscribed');
      });
    }
  }
  const { redis, app } = await start({ imports: [orders], providers: [Billing] }, { drainTimeout: 30 });
  await redis.xadd('orders', '1-0', 'a', 'b');
  await eventually(() => log.length === 1, 'begun');
  await app.close();
  expect(log.sort()).toEqual(['aborted', 'begun', 'unsubscribed']);
  expect(await pending(redis, 'orders', 'billing')).toEqual(['1-0']);
});
