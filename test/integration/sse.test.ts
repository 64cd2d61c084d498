import { createServer, type RequestListener, type Server, type ServerResponse } from 'node:http';
import { connect as connectSocket, type AddressInfo, type Socket } from 'node:net';
import fastify from 'fastify';
import type { Redis } from 'ioredis';
import type { Subscription } from 'rxjs';
import { fromStreams, type Notice } from 'rxjs-redis-streams';
import { fromServerSentEvents } from 'rxjs-redis-streams/browser';
import { startAfter, writeServerSentEvents } from 'rxjs-redis-streams/sse';
import { afterAll, afterEach, beforeAll, describe, expect, test } from 'vitest';
import { serve as onExpress } from '../sse/recipes/express.js';
import { serve as onFastify } from '../sse/recipes/fastify.js';
import { serve as onNodeHttp } from '../sse/recipes/node-http.js';
import { backends, blockedReaders, type Backend } from '../support/backends.js';
import { FetchEventSource } from '../support/event-source.js';
import { eventually } from '../support/eventually.js';
import { nothingLeft } from '../support/nothing-left.js';

/** Ready to be listened to. */
async function fastifyServer(redis: Redis): Promise<Server> {
  const app = fastify();
  onFastify(app, redis);
  await app.ready();
  return app.server;
}

describe.each(backends)('on $name', ({ start }) => {
  let backend: Backend;
  let redis: Redis;
  const closing: (() => unknown)[] = [];
  beforeAll(async () => {
    backend = await start();
  });
  afterAll(() => backend.stop());
  afterEach(async () => {
    for (const close of closing.splice(0).reverse()) await close();
    await redis.del('orders', 'users');
    await nothingLeft([redis]);
  });

  async function listen(server: Server): Promise<string> {
    await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
    closing.push(() => new Promise((resolve) => (server.closeAllConnections(), server.close(resolve))));
    return `http://127.0.0.1:${(server.address() as AddressInfo).port}/orders`;
  }

  /** Whoever reads a page: what was shown, with ids. */
  function read(url: string) {
    const events: string[] = [];
    const positions: string[] = [];
    const source = new FetchEventSource(url);
    closing.push(() => source.close());
    source.addEventListener('message', ({ data, lastEventId }: MessageEvent) => events.push(`${lastEventId} ${String(data)}`));
    source.addEventListener('stream-position', ({ lastEventId }: MessageEvent) => positions.push(lastEventId));
    return { source, events, positions };
  }

  const add = (id: string, stream = 'orders'): Promise<unknown> => redis.xadd(stream, id, 'n', id);

  describe.each<[string, (redis: Redis) => Server | Promise<Server>]>([
    ['node:http', onNodeHttp],
    ['Express', (client) => createServer(onExpress(client) as RequestListener)],
    ['Fastify', fastifyServer],
  ])('the recipe for %s', (_, serve) => {
    test('goes on where a reader was: by header when it comes again, by query after a reload', async () => {
      redis = backend.connect();
      await add('1-0');
      const server = await serve(redis);
      const url = await listen(server);
      const page = read(url);
      await eventually(() => page.positions.length === 1, 'reading has begun');
      expect(page.positions).toEqual(['1-0']); // where it begins: nothing that is added from now on is missed
      server.closeAllConnections(); // before anything was shown
      await add('2-0');
      await eventually(() => page.events.length === 1, 'what was added meanwhile is shown');
      await add('3-0');
      await eventually(() => page.events.length === 2, 'the next is shown');
      page.source.close();
      await add('4-0');
      const reloaded = read(`${url}?lastEventId=${page.source.lastEventId}`);
      await eventually(() => reloaded.events.length === 1, 'the reloaded page goes on');
      expect([...page.events, ...reloaded.events]).toEqual(['2-0 {"n":"2-0"}', '3-0 {"n":"3-0"}', '4-0 {"n":"4-0"}']);
      const strange = read(`${url}?lastEventId=1`);
      await eventually(() => strange.positions.length === 1, 'a strange id begins');
      expect(strange.positions).toEqual(['4-0']);
    });

    test('a reader that goes leaves nothing', async () => {
      redis = backend.connect();
      const page = read(await listen(await serve(redis)));
      await eventually(async () => (await blockedReaders(redis)).length === 1, 'a reader');
      page.source.close();
      await eventually(async () => (await blockedReaders(redis)).length === 0, 'no reader');
    });
  });

  test('a page sees every entry once and in order, through ten restarts of the server, refusals and a reload', async () => {
    redis = backend.connect();
    let [server, url] = [undefined as Server | undefined, ''];
    const up = async (port = 0): Promise<void> => {
      server = onNodeHttp(redis);
      await new Promise<void>((resolve) => server!.listen(port, '127.0.0.1', resolve));
      url = `http://127.0.0.1:${(server.address() as AddressInfo).port}/orders`;
    };
    const down = async (): Promise<void> => {
      const ended = new Promise((resolve) => server!.close(resolve));
      server!.closeAllConnections();
      await ended;
    };
    await up();
    closing.push(down);
    const kept: Record<string, string> = {};
    const storage = { getItem: (key: string) => kept[key] ?? null, setItem: (key: string, id: string) => void (kept[key] = id) };
    const [seen, states] = [[] as string[], new Set<string>()];
    const show = (): Subscription => {
      const feed = fromServerSentEvents(url, { storage, delay: () => 5, eventSource: (at) => new FetchEventSource(at) });
      const shown = feed.subscribe(({ id }) => seen.push(id));
      shown.add(feed.state.subscribe(({ is }) => states.add(is)));
      return shown;
    };
    let page = show();
    closing.push(() => page.unsubscribe());
    await eventually(() => Object.keys(kept).length === 1, 'reading has begun');

    const added: string[] = [];
    const more = async (): Promise<void> => {
      for (let i = 0; i < 50; i++) added.push(String(await redis.xadd('orders', '*', 'n', i)));
    };
    for (let restart = 1; restart <= 10; restart++) {
      const adding = more();
      await down();
      const { port } = new URL(url);
      if (restart === 3) {
        // somebody else is there for a while, and refuses: a browser gives up then
        const refusing = createServer((_, response) => response.writeHead(503).end()).listen(Number(port), '127.0.0.1');
        await eventually(() => states.has('waiting'), 'refused');
        const closed = new Promise((resolve) => refusing.close(resolve));
        refusing.closeAllConnections();
        await closed;
      }
      if (restart === 6) page.unsubscribe();
      await up(Number(port));
      if (restart === 6) page = show(); // a reload
      await adding;
    }
    await eventually(() => seen.length >= added.length, 'all is shown');
    expect(seen).toEqual(added);
    expect([...states].sort()).toEqual(['closed', 'connecting', 'open', 'waiting']);
  });

  test('several streams go on each at its place', async () => {
    redis = backend.connect();
    await add('5-0');
    await add('7-0', 'users');
    const server = createServer((request, response) => {
      const streams = startAfter(request, { streams: ['orders', 'users'] });
      writeServerSentEvents(response, fromStreams(redis, { streams }), {
        data: ({ stream, id }) => `${stream} ${id}`,
      }).subscribe();
    });
    const page = read(await listen(server));
    await eventually(() => page.positions.length === 1, 'reading has begun');
    await add('6-0');
    await eventually(() => page.events.length === 1, 'one is shown');
    server.closeAllConnections();
    await add('8-0', 'users');
    await add('7-0');
    await eventually(() => page.events.length === 3, 'both are shown');
    expect(page.events.map((event) => event.split(' ').slice(1).join(' ')).sort()).toEqual([
      'orders 6-0',
      'orders 7-0',
      'users 8-0',
    ]);
    expect(page.positions).toEqual(['orders=5-0,users=7-0', 'orders=6-0,users=7-0']);
    expect(page.source.lastEventId).toBe('orders=7-0,users=8-0');
  });

  test('a client that does not read is held back: the source stops reading, and goes on with it', async () => {
    redis = backend.connect();
    const big = 'x'.repeat(50_000);
    const size = 300; // 15 MB in all
    for (let i = 1; i <= size; i += 100) {
      await Promise.all(Array.from({ length: 100 }, (_, j) => redis.xadd('orders', `${i + j}-0`, 'n', big)));
    }
    let taken = 0;
    let response: ServerResponse | undefined;
    const server = createServer((request, its) => {
      response = its;
      const source = fromStreams(redis, { streams: startAfter(request, { streams: { orders: '0' } }), bufferSize: 20 });
      writeServerSentEvents(its, source, { data: ({ value }) => ((taken += 1), value) }).subscribe();
    });
    const { port } = new URL(await listen(server));
    const socket: Socket = connectSocket(Number(port), '127.0.0.1').pause();
    closing.push(() => socket.destroy());
    socket.write('GET / HTTP/1.1\r\nHost: x\r\n\r\n');
    await eventually(() => response?.writableNeedDrain === true, 'the response is full');
    const before = taken;
    await redis.ping(); // it would go on meanwhile
    await redis.ping();
    expect(taken - before).toBeLessThan(20);
    expect(taken).toBeLessThan(size * 0.75); // the sockets of both sides have some megabytes
    expect(response!.writableLength).toBeLessThan(5 * big.length);
    let received = '';
    const withoutData = /^data: .*\n/gm;
    socket.setEncoding('latin1').on('data', (text: string) => (received = (received + text).replace(withoutData, '')));
    socket.resume();
    await eventually(() => received.includes(`id: ${size}-0`), 'all of it is read');
    expect(taken).toBe(size);
    expect(received.match(/^id: \d+-0/gm)!.length).toBe(size + 1);
  });

  test('what ends the source ends the response, and the reader comes again', async () => {
    redis = backend.connect();
    const [told, errors] = [[] as Notice[], [] as unknown[]];
    await redis.set('users', 'no stream');
    let stream = 'users';
    const server = createServer((request, response) => {
      const streams = startAfter(request, { streams: stream, notify: (notice) => told.push(notice) });
      writeServerSentEvents(response, fromStreams(redis, { streams })).subscribe({
        error: (error: unknown) => errors.push(error),
      });
    });
    const page = read(await listen(server));
    await eventually(() => errors.length >= 1, 'the source has failed');
    expect(errors[0]).toMatchObject({ code: 'WRONG_TYPE' });
    stream = 'orders';
    await eventually(() => page.positions.length >= 1, 'it comes again');
    expect(page.events).toEqual([]); // no event of an error
    expect(page.source.lastEventId).toBe('0-0');
  });
});
