/** An application for sigterm.test.ts: notes what it has begun and what it has finished in Redis, and shows its orders on a page. */
import { setTimeout as sleep } from 'node:timers/promises';
import type { AddressInfo, Server } from 'node:net';
import { Controller, Injectable, Module, Sse, type MessageEvent } from '@nestjs/common';
import { NestFactory } from '@nestjs/core';
import type { Redis } from 'ioredis';
import { map, type Observable } from 'rxjs';
import type { StreamsSource } from 'rxjs-redis-streams';
import { InjectRedis, InjectStreams, OnStream, RedisStreamsModule, type RedisStreamsContext } from 'rxjs-redis-streams/nestjs';
import { clientOf } from '../faults/children/client.js';

const connection = clientOf(Number(process.argv[2]));
const [drainTimeout, work] = [Number(process.argv[3]), Number(process.argv[4])];

@Injectable()
class Billing {
  constructor(@InjectRedis() private readonly redis: Redis) {}

  @OnStream('orders', { group: 'billing', concurrency: 8, bufferSize: 64, backlogFirst: true, claimIdle: false })
  async charge(_order: object, { id, stream }: RedisStreamsContext): Promise<void> {
    await this.redis.rpush(`${stream}:begun`, id);
    await sleep(work);
    await this.redis.rpush(`${stream}:finished`, id);
  }
}

@Controller()
class Page {
  constructor(@InjectStreams('orders') private readonly orders: StreamsSource) {}

  @Sse('orders')
  feed(): Observable<MessageEvent> {
    return this.orders.pipe(map(({ id, fields }) => ({ id, data: fields })));
  }
}

@Module({
  imports: [
    RedisStreamsModule.forRoot({ connection, consumer: 'billing-1', drainTimeout }),
    RedisStreamsModule.forFeature([{ name: 'orders', streams: 'orders', autoCreate: { from: '0' } }]),
  ],
  providers: [Billing],
  controllers: [Page],
})
class App {}

const app = await NestFactory.create(App, { logger: ['error', 'warn'] });
app.enableShutdownHooks();
await app.listen(0, '127.0.0.1');
console.log(`listening ${((app.getHttpServer() as Server).address() as AddressInfo).port}`);
