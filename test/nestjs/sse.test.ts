/** The recipe of docs/sse.md, in an application of Nest: what its `@Sse()` makes of our events. */
import { createConnection, type AddressInfo, type Server } from 'node:net';
import type { ServerResponse } from 'node:http';
import { Controller, Res, Sse, type INestApplication, type MessageEvent } from '@nestjs/common';
import { Test } from '@nestjs/testing';
import type { Observable } from 'rxjs';
import type { Notice, StreamsSource } from 'rxjs-redis-streams';
import { InjectStreams, RedisStreamsModule } from 'rxjs-redis-streams/nestjs';
import { toServerSentEvents } from 'rxjs-redis-streams/sse';
import { createMemoryRedis, type MemoryRedis } from 'rxjs-redis-streams/testing';
import { afterEach, describe, expect, test } from 'vitest';
import { OrdersController } from '../sse/recipes/nest.js';
import { blockedReaders } from '../support/backends.js';
import { FetchEventSource } from '../support/event-source.js';
import { eventually } from '../support/eventually.js';
import { silent } from './support.js';

const closing: (() => unknown)[] = [];
afterEach(async () => {
  for (const close of closing.splice(0).reverse()) await close();
});

async function open(
  controller: new (...args: never[]) => object,
  options: { notify?: (notice: Notice) => void; bufferSize?: number } = {},
): Promise<{ redis: MemoryRedis; app: INestApplication; url: string; port: number }> {
  const redis = createMemoryRedis();
  closing.push(() => redis.disconnect());
  const imports = [
    RedisStreamsModule.forRoot({ connection: redis }),
    RedisStreamsModule.forFeature([{ name: 'orders', streams: 'orders', ...options }]),
  ];
  const moduleRef = await Test.createTestingModule({ imports, controllers: [controller] })
    .setLogger(silent)
    .compile();
  const app = moduleRef.createNestApplication({ forceCloseConnections: true });
  await app.listen(0, '127.0.0.1');
  closing.push(() => app.close());
  const { port } = (app.getHttpServer() as Server).address() as AddressInfo;
  return { redis, app, url: `http://127.0.0.1:${port}/orders`, port };
}

function read(url: string) {
  const shown: string[] = [];
  const source = new FetchEventSource(url);
  closing.push(() => source.close());
  const show = ({ type, data = '', lastEventId = '' }: { type: string; data?: string; lastEventId?: string }): void =>
    void shown.push(`${lastEventId} ${type} ${data}`.trim());
  for (const type of ['message', 'stream-position', 'error']) source.addEventListener(type, show);
  return { source, shown: () => shown.filter((line) => line !== 'error') };
}

test('goes on where a reader was, and an id of another counter brings nothing again', async () => {
  const { redis, app, url } = await open(OrdersController);
  await redis.xadd('orders', '1-0', 'n', '1');
  const page = read(url);
  await eventually(() => page.shown().length === 1, 'reading has begun');
  await redis.xadd('orders', '2-0', 'n', '2');
  await eventually(() => page.shown().length === 2, 'shown');
  (app.getHttpServer() as unknown as { closeAllConnections(): void }).closeAllConnections();
  await redis.xadd('orders', '3-0', 'n', '3');
  await eventually(() => page.shown().length === 4, 'goes on');
  expect(page.shown()).toEqual(['1-0 stream-position', '2-0 message {"n":"2"}', '2-0 stream-position', '3-0 message {"n":"3"}']);
  const strange = read(`${url}?lastEventId=1`);
  await eventually(() => strange.shown().length === 1, 'begins');
  expect(strange.shown()).toEqual(['3-0 stream-position']);
});

test('a heartbeat is a comment, and changes no place', async () => {
  @Controller('orders')
  class Beating {
    constructor(@InjectStreams('orders') private readonly orders: StreamsSource) {}
    @Sse()
    feed(): Observable<MessageEvent> {
      return this.orders.pipe(toServerSentEvents({ heartbeat: 5 }));
    }
  }
  const { redis, url } = await open(Beating);
  await redis.xadd('orders', '7-0', 'n', '1');
  const page = read(url);
  await eventually(() => page.source.lines.filter((line) => line.startsWith(':')).length >= 3, 'three heartbeats');
  expect(page.shown()).toEqual(['7-0 stream-position']);
  expect(page.source.lines.filter((line) => line.startsWith('id:')).every((line) => line === 'id: 7-0')).toBe(true);
});

test('a source that fails ends the response without an event', async () => {
  const told: Notice[] = [];
  const { redis, url } = await open(OrdersController, { notify: (notice) => told.push(notice) });
  await redis.set('orders', 'no stream');
  const page = read(url);
  const failed = (): boolean => told.some((notice) => notice.type === 'response-ended');
  await eventually(failed, 'told');
  expect(page.source.lines.filter((line) => line !== '')).toEqual([]);
  await redis.del('orders');
  await redis.xadd('orders', '5-0', 'n', '1');
  await eventually(() => page.shown().length === 1, 'it comes again');
  expect(page.shown()).toEqual(['5-0 stream-position']);
});

describe('a client that does not read', () => {
  const [size, big] = [300, 'x'.repeat(50_000)];

  /** An application whose only client reads nothing, until the response is full. */
  async function held() {
    const told: { taken: number; response?: ServerResponse } = { taken: 0 };
    @Controller('orders')
    class Held {
      constructor(@InjectStreams('orders') private readonly orders: StreamsSource) {}
      @Sse()
      feed(@Res() response: ServerResponse): Observable<MessageEvent> {
        told.response = response;
        const source = this.orders.with({ streams: { orders: '0' } });
        return source.pipe(toServerSentEvents({ response, data: ({ value }) => ((told.taken += 1), value) }));
      }
    }
    const { redis, app, port } = await open(Held, { bufferSize: 20 });
    for (let i = 1; i <= size; i++) await redis.xadd('orders', `${i}-0`, 'n', big);
    const socket = createConnection(port, '127.0.0.1').pause();
    closing.push(() => socket.destroy());
    socket.write('GET /orders HTTP/1.1\r\nHost: x\r\n\r\n');
    await eventually(() => told.response?.writableNeedDrain === true, 'the response is full');
    return { redis, app, socket, told };
  }

  test('is held back by the window, and gets all of it once it reads', async () => {
    const { redis, socket, told } = await held();
    await redis.ping();
    expect(told.taken).toBeLessThan(size * 0.75); // the sockets of both sides have some megabytes
    expect(told.response!.writableLength).toBeLessThan(40 * big.length);
    let received = '';
    const withoutData = /^data: .*\n/gm;
    socket.setEncoding('latin1').on('data', (text: string) => (received = (received + text).replace(withoutData, '')));
    socket.resume();
    await eventually(() => received.includes(`id: ${size}-0`), 'all of it is read');
    expect(told.taken).toBe(size);
  });

  test('keeps no shutdown waiting', async () => {
    const { redis, app } = await held();
    await app.close(); // would take drainTimeout, longer than a test
    expect(await blockedReaders(redis)).toEqual([]);
  });
});
