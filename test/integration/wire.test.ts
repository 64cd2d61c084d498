/** The wire against a real server, on both majors of ioredis (see vitest.config.ts). */
import { setTimeout as sleep } from 'node:timers/promises';
import { Redis, type RedisOptions } from 'ioredis';
import { firstValueFrom, map, type Observable } from 'rxjs';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { listOf } from '../../src/flat.js';
import type { RedisClient } from '../../src/wire/client.js';
import { classify } from '../../src/wire/failures.js';
import { createPort } from '../../src/wire/ioredis.js';
import type { Port, Reader, ReadRequest, StreamReply } from '../../src/wire/port.js';
import { startRedis, type RedisServer } from '../support/redis-server.js';
import { startProxy } from '../support/tcp-proxy.js';

const MAJOR = process.env['IOREDIS_MAJOR'] ?? '5';
const v6: RedisOptions[] =
  MAJOR === '6' ? [{ protocol: 3, replyMapping: 'resp3' } as RedisOptions, { protocol: 2 } as RedisOptions] : [];
/** Each must behave the same: [what, options]. */
const CLIENTS: [string, RedisOptions][] = [
  ['default options', {}],
  ['keyPrefix', { keyPrefix: 'app:' }],
  ['keyPrefix, auto-pipelining', { keyPrefix: 'app:', enableAutoPipelining: true }],
  ['lazyConnect', { lazyConnect: true }],
  ...v6.map((options): [string, RedisOptions] => [JSON.stringify(options), { ...options, keyPrefix: 'app:' }]),
];

let server: RedisServer;
/** Sees the server as it is, without a prefix. */
let admin: Redis;
let clients: Redis[] = [];
let readers: Reader[] = [];

beforeAll(async () => {
  server = await startRedis();
  admin = new Redis(server.port);
});
afterAll(async () => {
  admin.disconnect();
  await server.stop();
});
beforeEach(() => admin.flushall());
afterEach(async () => {
  for (const reader of readers) reader.disconnect();
  for (const client of clients) client.disconnect();
  readers = [];
  clients = [];
  await until(async () => (await connections()).length === 1, 'only the admin is still connected');
});

function clientWith(options: RedisOptions = {}, port = server.port): Redis {
  const client = new Redis({ port, ...options });
  clients.push(client);
  return client;
}
/** Its fields are made, whoever reads the replies. */
function readerOf(port: Port): Reader {
  const reader = port.reader();
  readers.push(reader);
  const made = (streams: readonly StreamReply[]): StreamReply[] =>
    streams.map((each) => ({ ...each, entries: each.entries.map(({ id, pairs }) => ({ id, pairs: pairs && listOf(pairs) })) }));
  return { ...reader, read: (request) => reader.read(request).pipe(map(made)) };
}
const get = <T>(command: Observable<T>): Promise<T> => firstValueFrom(command);
const connections = async (): Promise<string[]> =>
  String(await admin.call('CLIENT', 'LIST'))
    .trim()
    .split('\n');
const blocked = async (): Promise<number> => (await connections()).filter((line) => / flags=\S*b/.test(line)).length;

async function until(condition: () => Promise<boolean>, what: string): Promise<void> {
  for (const deadline = Date.now() + 5000; !(await condition()); await sleep(5)) {
    if (Date.now() > deadline) throw new Error(`not within 5 s: ${what}`);
  }
}
/** How a command failed, and after how many ms. */
async function failureOf(command: Observable<unknown>) {
  const start = performance.now();
  const error: unknown = await get(command).then(
    (value) => Promise.reject(new Error(`it succeeded with ${JSON.stringify(value)}`)),
    (reason: unknown) => reason,
  );
  return { ...classify(error), after: performance.now() - start };
}
function reading(overrides: Partial<ReadRequest> = {}): ReadRequest {
  return {
    from: [['s', '>']],
    count: 10,
    block: undefined,
    as: { group: 'g', consumer: 'me', noAck: false },
    binary: false,
    ...overrides,
  };
}
const me = { stream: 's', group: 'g', consumer: 'me' };

describe.each(CLIENTS)('with %s', (_, options) => {
  const key = `${options.keyPrefix ?? ''}s`;
  let port: Port;
  beforeEach(() => {
    port = createPort(clientWith(options));
  });
  async function joined(...fields: string[]): Promise<void> {
    await get(port.createGroup({ ...me, from: '0' }));
    for (const [index, value] of fields.entries()) await admin.xadd(key, `${index + 1}-0`, 'f', value);
  }

  it('makes a group once, under the prefixed key', async () => {
    expect(await get(port.createGroup({ ...me, from: '$' }))).toBe(true);
    expect(await get(port.createGroup({ ...me, from: '0' }))).toBe(false);
    expect(await admin.keys('*')).toEqual([key]);
  });

  it('tells where stream and group stand, and nothing where there is none', async () => {
    expect(await get(port.lastGenerated(me))).toBeUndefined();
    expect(await get(port.lastDelivered(me))).toBeUndefined();
    await joined('a', 'b');
    expect(await get(port.lastGenerated(me))).toBe('2-0');
    expect(await get(port.lastDelivered(me))).toBe('0-0');
    expect(await get(port.lastDelivered({ ...me, group: 'other' }))).toBeUndefined();
  });

  it('tells all of a stream and its group in one moment, counts, and tells the time', async () => {
    expect(await get(port.standing(me))).toBeUndefined();
    await joined('a', 'b', 'c');
    expect(await get(port.standing({ ...me, group: 'other' }))).toBeUndefined();
    await admin.call('XREADGROUP', 'GROUP', 'g', 'me', 'COUNT', '2', 'STREAMS', key, '>');
    await get(port.ack({ ...me, ids: ['1-0'] }));
    await admin.xdel(key, '1-0');
    expect(await get(port.standing(me))).toEqual({
      ...{ length: 2, added: 3, first: '2-0', lastGenerated: '3-0', maxDeleted: '1-0', delivered: '2-0', reported: 1 },
      ...{ pending: 1, oldestPending: '2-0', consumers: [{ name: 'me', pending: 1, seenAt: expect.any(Number) }] },
    });
    expect(await get(port.countEntries({ ...me, after: '0-0', to: '3-0', most: 100 }))).toEqual({ count: 2, first: '2-0' });
    expect(await get(port.countEntries({ ...me, after: '2-0', to: '2-5', most: 100 }))).toEqual({ count: 0, first: undefined });
    const time = await get(port.time());
    expect([Number.isInteger(time), Math.abs(time - Date.now()) < 60_000]).toEqual([true, true]);
  });

  it('opens and saves a checkpoint, and tells what is known of a stream', async () => {
    await joined('a', 'b');
    expect(await get(port.streamInfo(me))).toEqual({
      lastGenerated: '2-0',
      maxDeleted: '0-0',
      added: 2,
      length: 2,
      first: '1-0',
    });
    expect(await get(port.streamInfo({ stream: 'none' }))).toBeUndefined();
    const positions = new Map([['s', { id: '2-0', added: 2 }]]);
    expect(await get(port.openCheckpoint({ checkpoint: 'at', streams: ['s', 't'] }))).toEqual(new Map());
    expect(await get(port.savePositions({ checkpoint: 'at', positions, rewind: false }))).toBe('saved');
    expect(await get(port.openCheckpoint({ checkpoint: 'at', streams: ['t', 's'] }))).toEqual(positions);
    expect(await admin.hget(`${options.keyPrefix ?? ''}at`, 's')).toBe('2-0 2');
  });

  it('reads, lists, fetches and acknowledges', async () => {
    await joined('a', 'b', 'c');
    const reader = readerOf(port);
    expect(await get(reader.connect())).toBeTypeOf('number');
    expect(await get(reader.read(reading({ count: 2 })))).toEqual([
      {
        stream: 's',
        entries: [
          { id: '1-0', pairs: ['f', 'a'] },
          { id: '2-0', pairs: ['f', 'b'] },
        ],
      },
    ]);
    const rows = await get(port.pending({ ...me, after: '1-0', count: 10 }));
    expect(rows).toEqual([{ id: '2-0', consumer: 'me', idle: expect.any(Number), count: 1 }]);
    expect(await get(port.pending({ ...me, after: '0-0', to: '1-0', count: 10 }))).toMatchObject([{ id: '1-0' }]);
    expect(await get(port.fetch({ ...me, ids: ['2-0', '9-9', '1-0'], binary: false }))).toEqual([
      { id: '2-0', pairs: ['f', 'b'] },
      undefined,
      { id: '1-0', pairs: ['f', 'a'] },
    ]);
    expect(await get(port.ack({ ...me, ids: ['1-0', '2-0', '2-0'] }))).toBe(2);
    expect(await get(port.ack({ ...me, ids: ['1-0'] }))).toBe(0);
  });

  it('reads several streams, a history with a deleted entry, and nothing', async () => {
    await joined('a', 'b');
    await admin.xadd(`${options.keyPrefix ?? ''}10`, '7-7', 'f', 'v');
    const reader = readerOf(port);
    await get(reader.connect());
    const plain = { from: [['s', '1-0'], ['10', '0']] as const, as: undefined }; // prettier-ignore
    expect((await get(reader.read(reading(plain)))).map(({ stream }) => stream)).toEqual(['s', '10']);
    await get(reader.read(reading()));
    await admin.xdel(key, '1-0');
    expect(await get(reader.read(reading({ from: [['s', '0']] })))).toEqual([
      {
        stream: 's',
        entries: [
          { id: '1-0', pairs: null },
          { id: '2-0', pairs: ['f', 'b'] },
        ],
      },
    ]);
    expect(await get(reader.read(reading()))).toEqual([]);
    expect(await get(reader.read(reading({ block: 30 })))).toEqual([]);
    expect(await get(reader.read(reading({ from: [['s', '9-9']] })))).toEqual([{ stream: 's', entries: [] }]);
  });

  it('keeps bytes as they are', async () => {
    const bytes = Buffer.from([0, 0xff, 0xfe, 0x0d, 0x0a, 0x80]);
    await joined();
    await admin.xadd(key, '1-0', 'né', bytes, 'empty', '');
    const reader = readerOf(port);
    await get(reader.connect());
    const pairs = ['né', bytes, 'empty', Buffer.alloc(0)];
    expect(await get(reader.read(reading({ binary: true })))).toEqual([{ stream: 's', entries: [{ id: '1-0', pairs }] }]);
    expect(await get(port.fetch({ ...me, ids: ['1-0'], binary: true }))).toEqual([{ id: '1-0', pairs }]);
    expect(await get(port.takeOver({ ...me, entries: [{ id: '1-0', count: 0 }], binary: true }))).toEqual([
      { id: '1-0', pairs, attempt: 2 },
    ]);
  });

  it('gives back what is still ours: idle for others, with its count, in our history; nobody else loses anything', async () => {
    await joined('a', 'b', 'c');
    const reader = readerOf(port);
    await get(reader.connect());
    await get(reader.read(reading()));
    await admin.xclaim(key, 'g', 'other', 0, '2-0');
    const entries = ['1-0', '2-0', '3-0', '9-9'].map((id) => ({ id, count: 0 }));
    expect(await get(port.giveBack({ ...me, entries }))).toEqual(['1-0', '3-0']);
    const rows = (await admin.xpending(key, 'g', '-', '+', 10)) as [string, string, number, number][];
    expect(rows.map(([id, owner, , count]) => [id, owner, count])).toEqual([
      ['1-0', 'me', 0],
      ['2-0', 'other', 2],
      ['3-0', 'me', 0],
    ]);
    expect(rows[0]?.[2]).toBeGreaterThan(29 * 24 * 3600 * 1000);
    expect(rows[1]?.[2]).toBeLessThan(10_000);
    // The text of the script was kept by the server; after a flush it is sent again.
    await admin.script('FLUSH');
    expect(await get(port.giveBack({ ...me, entries: [{ id: '1-0', count: 4 }] }))).toEqual(['1-0']);
    expect((await get(port.pending({ ...me, after: '0-0', count: 1 })))[0]).toMatchObject({ id: '1-0', count: 4 });
  });

  it('claims what is idle for so long, as no delivery; what is gone leaves the pending list, and whoever took it away says so', async () => {
    await joined('a', 'b', 'c', 'd', 'e');
    const reader = readerOf(port);
    await get(reader.connect());
    await get(reader.read(reading()));
    const aged = async (...ids: string[]) => admin.call('XCLAIM', [key, 'g', 'dead', '0', ...ids, 'IDLE', '60000', 'JUSTID']);
    await aged('1-0', '2-0', '3-0');
    await admin.xclaim(key, 'g', 'alive', 0, '4-0', '5-0');
    await admin.xdel(key, '2-0', '5-0');
    const ids = ['1-0', '2-0', '3-0', '4-0', '5-0', '9-9'];
    const claim = () => get(port.claim({ ...me, minIdle: 30_000, ids }));
    // 5-0 is gone too, but not idle for so long: whoever has it may be about to ack it.
    expect(await claim()).toEqual({ ours: ['1-0', '3-0'], gone: ['2-0'] });
    expect(await claim()).toEqual({ ours: [], gone: [] });
    const rows = (await admin.xpending(key, 'g', '-', '+', 10)) as [string, string, number, number][];
    expect(rows.map(([id, owner, , count]) => [id, owner, count])).toEqual([
      ['1-0', 'me', 1],
      ['3-0', 'me', 1],
      ['4-0', 'alive', 2],
      ['5-0', 'alive', 2],
    ]);
  });

  it('takes over what is still ours, as a new delivery; a deleted entry is gone', async () => {
    await joined('a', 'b', 'c');
    const reader = readerOf(port);
    await get(reader.connect());
    await get(reader.read(reading()));
    await admin.xclaim(key, 'g', 'other', 0, '2-0');
    await admin.xdel(key, '3-0');
    expect(
      await get(
        port.takeOver({
          ...me,
          entries: [
            { id: '1-0', count: 0 },
            { id: '2-0', count: 0 },
            { id: '3-0', count: 0 },
            { id: '9-9', count: 0 },
          ],
          binary: false,
        }),
      ),
    ).toEqual([
      { id: '1-0', pairs: ['f', 'a'], attempt: 2 },
      { id: '3-0', pairs: null, attempt: 2 },
    ]);
    expect(await get(port.pending({ ...me, after: '0-0', count: 10 }))).toMatchObject([{ id: '1-0', count: 2 }]);
    expect(await admin.xpending(key, 'g', '-', '+', 10, 'other')).toMatchObject([['2-0', 'other', expect.any(Number), 2]]);
  });

  it('registers held entries in a group that was made again, with their counts', async () => {
    await joined('a', 'b', 'c');
    const held = [1, 2, 3].map((n) => ({ id: `${n}-0`, count: n === 2 ? 5 : 1 }));
    expect([...(await get(port.register({ ...me, entries: [...held, { id: '9-9', count: 1 }] })))].sort()).toEqual([
      '1-0',
      '2-0',
      '3-0',
    ]);
    expect((await get(port.pending({ ...me, after: '0-0', count: 10 }))).map(({ id, count }) => ({ id, count }))).toEqual(held);
  });

  it('removes a consumer only when it has nothing pending', async () => {
    await joined('a');
    const reader = readerOf(port);
    await get(reader.connect());
    await get(reader.read(reading()));
    expect(await get(port.removeConsumer(me))).toBe(false);
    await get(port.ack({ ...me, ids: ['1-0'] }));
    expect(await get(port.removeConsumer(me))).toBe(true);
    expect(await admin.xinfo('CONSUMERS', key, 'g')).toEqual([]);
  });

  it('answers empty lists without a command', async () => {
    expect(await get(port.ack({ ...me, ids: [] }))).toBe(0);
    expect(await get(port.fetch({ ...me, ids: [], binary: false }))).toEqual([]);
    expect(await get(port.giveBack({ ...me, entries: [] }))).toEqual([]);
    expect(await get(port.takeOver({ ...me, entries: [], binary: false }))).toEqual([]);
    expect(await get(port.register({ ...me, entries: [] }))).toEqual([]);
  });

  it('handles more ids than one command takes', async () => {
    const ids = Array.from({ length: 2100 }, (_, index) => `${index + 1}-0`);
    await joined();
    const pipeline = admin.pipeline();
    for (const id of ids) pipeline.xadd(key, id, 'f', id);
    await pipeline.exec();
    const reader = readerOf(port);
    await get(reader.connect());
    await get(reader.read(reading({ count: 3000 })));
    const entries = ids.map((id) => ({ id, count: 0 }));
    expect((await get(port.fetch({ ...me, ids, binary: false }))).map((entry) => listOf(entry?.pairs ?? [])[1])).toEqual(ids);
    expect(await get(port.giveBack({ ...me, entries }))).toEqual(ids);
    expect(
      (await get(port.takeOver({ ...me, entries: ids.map((id) => ({ id, count: 0 })), binary: false }))).map(({ id }) => id),
    ).toEqual(ids);
    await admin.xgroup('DESTROY', key, 'g');
    await get(port.createGroup({ ...me, from: '$' }));
    expect(await get(port.register({ ...me, entries }))).toEqual(ids);
    expect(await get(port.ack({ ...me, ids }))).toBe(2100);
  });

  it('says what is missing by its first word', async () => {
    const reader = readerOf(port);
    await get(reader.connect());
    expect(await failureOf(reader.read(reading()))).toMatchObject({ kind: 'heal', word: 'NOGROUP' });
    expect(await failureOf(port.pending({ ...me, after: '0-0', count: 1 }))).toMatchObject({ kind: 'heal', word: 'NOGROUP' });
    expect(await failureOf(port.giveBack({ ...me, entries: [{ id: '1-0', count: 0 }] }))).toMatchObject({ word: 'NOGROUP' });
    expect(await failureOf(port.removeConsumer(me))).toMatchObject({ kind: 'heal', word: 'NOGROUP' });
    await admin.set(key, 'text');
    expect(await failureOf(reader.read(reading()))).toMatchObject({ kind: 'fatal', word: 'WRONGTYPE' });
    expect(await failureOf(port.lastDelivered(me))).toMatchObject({ kind: 'fatal', word: 'WRONGTYPE' });
    expect(await failureOf(port.createGroup({ ...me, from: '$' }))).toMatchObject({ kind: 'fatal', word: 'WRONGTYPE' });
  });

  describe('while a read is blocked', () => {
    let reader: Reader;
    let clientId: number;
    beforeEach(async () => {
      await joined();
      reader = readerOf(port);
      clientId = await get(reader.connect());
    });
    const blocking = () => reader.read(reading({ block: 10_000 }));
    const isBlocked = () => until(async () => (await blocked()) === 1, 'the read is blocked');

    it('it is woken by an entry, and by unblock with nothing', async () => {
      expect(await get(port.unblock({ clientId }))).toBe(false);
      const first = get(blocking());
      await isBlocked();
      await admin.xadd(key, '1-0', 'f', 'v');
      expect(await first).toHaveLength(1);
      const second = get(blocking());
      await isBlocked();
      expect(await get(port.unblock({ clientId }))).toBe(true);
      expect(await second).toEqual([]);
    });

    it('the callers client is not', async () => {
      const read = failureOf(blocking());
      await isBlocked();
      const start = performance.now();
      await get(port.lastGenerated(me));
      expect(performance.now() - start).toBeLessThan(1000);
      reader.disconnect();
      await read;
    });

    it('disconnect() fails it at once and leaves nothing on the server', async () => {
      const read = failureOf(blocking());
      await isBlocked();
      const start = performance.now();
      reader.disconnect();
      reader.disconnect();
      expect(await read).toMatchObject({ kind: 'lost', word: '' });
      expect(performance.now() - start).toBeLessThan(100);
      await until(async () => (await connections()).length === 2, 'the reader is gone');
      expect(await failureOf(blocking())).toMatchObject({ kind: 'lost' });
    });

    it('CLIENT KILL fails it, and connect() makes a new connection', async () => {
      const read = failureOf(blocking());
      await isBlocked();
      await admin.client('KILL', 'ID', clientId);
      expect(await read).toMatchObject({ kind: 'lost', word: '' });
      expect(await failureOf(blocking())).toMatchObject({ kind: 'lost' });
      expect(await get(reader.connect())).not.toBe(clientId);
      expect(await get(reader.read(reading()))).toEqual([]);
    });

    it('connect() replaces the connection', async () => {
      const read = failureOf(blocking());
      await isBlocked();
      expect(await get(reader.connect())).not.toBe(clientId);
      expect(await read).toMatchObject({ kind: 'lost' });
      await until(async () => (await connections()).length === 3, 'the old connection is gone');
    });

    it('the group that vanishes is told', async () => {
      const read = failureOf(blocking());
      await isBlocked();
      await admin.xgroup('DESTROY', key, 'g');
      expect(await read).toMatchObject({ kind: 'heal' });
    });

    it('unsubscribing ignores the reply', async () => {
      const subscription = blocking().subscribe();
      await isBlocked();
      subscription.unsubscribe();
      reader.disconnect();
    });
  });
});

describe('hostile clients', () => {
  it('the options of the caller do not reach the reader', async () => {
    const client = clientWith({
      commandTimeout: 150,
      blockingTimeout: 100,
      socketTimeout: 150,
      enableAutoPipelining: true,
      enableOfflineQueue: false,
      lazyConnect: true,
      maxRetriesPerRequest: 0,
      stringNumbers: true,
      connectionName: 'caller',
      reconnectOnError: () => 2,
      autoResendUnfulfilledCommands: true,
    });
    await client.connect();
    const port = createPort(client);
    expect(await get(port.createGroup({ ...me, from: '0' }))).toBe(true);
    const reader = readerOf(port);
    const clientId = await get(reader.connect());
    expect(clientId).toBeTypeOf('number');
    expect(await get(reader.read(reading({ block: 500 })))).toEqual([]);
    const read = get(reader.read(reading({ block: 5000 })));
    await until(async () => (await blocked()) === 1, 'the read is blocked');
    await sleep(300);
    expect(await get(port.unblock({ clientId }))).toBe(true);
    expect(await read).toEqual([]);
    await admin.xadd('s', '1-0', 'f', 'v');
    await get(reader.read(reading()));
    expect(await get(port.pending({ ...me, after: '0-0', count: 1 }))).toMatchObject([{ id: '1-0', count: 1 }]);
    expect(await get(port.ack({ ...me, ids: ['1-0'] }))).toBe(1);
    await admin.xgroup('DESTROY', 's', 'g');
    expect(await failureOf(reader.read(reading()))).toMatchObject({ word: 'NOGROUP' });
  });

  it('a queue that is off before the connection is up: lost, not fatal', async () => {
    const client = clientWith({ enableOfflineQueue: false, lazyConnect: true });
    expect(await failureOf(createPort(client).lastGenerated(me))).toMatchObject({ kind: 'lost' });
  });

  it('reads the db that was selected at run time', async () => {
    const client = clientWith({ db: 1 });
    await client.select(3);
    const port = createPort(client);
    await get(port.createGroup({ ...me, from: '0' }));
    const reader = readerOf(port);
    await get(reader.connect());
    expect(await get(reader.read(reading()))).toEqual([]);
    expect((await connections()).filter((line) => line.includes(' db=3 '))).toHaveLength(2);
  });

  it('a db that the server refuses fails the reader, which would otherwise read db 0', async () => {
    const client = clientWith({ db: 999, lazyConnect: true });
    expect(await failureOf(readerOf(createPort(client)).connect())).toMatchObject({ kind: 'fatal', word: 'ERR' });
  });

  it('leaves no listener on it, and does not close it', async () => {
    const client = clientWith();
    await client.ping();
    const names = client.eventNames();
    const reader = readerOf(createPort(client));
    await get(reader.connect());
    reader.disconnect();
    expect(client.eventNames()).toEqual(names);
    expect(await client.ping()).toBe('PONG');
  });

  it('knows an ended client', async () => {
    const client = clientWith();
    const port = createPort(client);
    expect(port.ended).toBe(false);
    await client.quit();
    await until(() => Promise.resolve(port.ended), 'ended');
    expect(await failureOf(port.ack({ ...me, ids: ['1-0'] }))).toMatchObject({ kind: 'lost' });
  });
});

describe('connections that fail', () => {
  it('nobody listens: lost, nothing left', async () => {
    const client = new Redis({ port: 1, lazyConnect: true });
    const failure = await failureOf(createPort(client).reader().connect());
    expect(failure).toMatchObject({ kind: 'lost', error: { code: 'ECONNREFUSED' } });
  });

  it('unsubscribing from connect() aborts it', async () => {
    const reader = readerOf(createPort(clientWith()));
    reader.connect().subscribe().unsubscribe();
    const later = reader.connect().subscribe();
    await sleep(0);
    later.unsubscribe();
    await until(async () => (await connections()).length === 2, 'no reader');
    expect(await failureOf(reader.read(reading()))).toMatchObject({ kind: 'lost' });
  });

  it('disconnect() during connect() fails it', async () => {
    const reader = readerOf(createPort(clientWith()));
    const connecting = failureOf(reader.connect());
    reader.disconnect();
    expect(await connecting).toMatchObject({ kind: 'lost' });
  });

  it('a socket that plays dead: disconnect() is prompt, connecting and reading', async () => {
    const proxy = await startProxy(server);
    const port = createPort(clientWith({}, proxy.port));
    await get(port.createGroup({ ...me, from: '0' }));
    const reader = readerOf(port);
    await get(reader.connect());
    const read = failureOf(reader.read(reading({ block: 100 })));
    await until(async () => (await blocked()) === 1, 'the read is blocked');
    proxy.freeze();
    await sleep(300);
    const connecting = failureOf(readerOf(port).connect());
    await sleep(50);
    const start = performance.now();
    for (const one of readers) one.disconnect();
    expect([await read, await connecting]).toMatchObject([{ kind: 'lost' }, { kind: 'lost' }]);
    expect(performance.now() - start).toBeLessThan(100);
    proxy.thaw();
    await proxy.close();
  });

  it('a handshake that is not answered is given up after twice connectTimeout', async () => {
    const proxy = await startProxy(server);
    proxy.freeze();
    const client = clientWith({ lazyConnect: true, connectTimeout: 100 }, proxy.port);
    const failure = await failureOf(readerOf(createPort(client)).connect());
    expect(failure).toMatchObject({ kind: 'lost', error: { message: 'Redis did not answer within 200 ms' } });
    await proxy.close();
  });

  it('a reply that is cut: lost, and the entries are pending', async () => {
    const proxy = await startProxy(server);
    const port = createPort(clientWith({}, proxy.port));
    await get(port.createGroup({ ...me, from: '0' }));
    const reader = readerOf(port);
    await get(reader.connect());
    await admin.xadd('s', '1-0', 'f', 'v');
    proxy.cutReplies((chunk) => chunk.includes('1-0'), { pass: 20 });
    expect(await failureOf(reader.read(reading()))).toMatchObject({ kind: 'lost', word: '' });
    expect(await get(port.pending({ ...me, after: '0-0', count: 1 }))).toMatchObject([{ id: '1-0', count: 1 }]);
    await proxy.close();
  });

  it.each([{}, { disableClientInfo: true }])('a server that has no room: not for good (%j)', async (options) => {
    const client = clientWith(options);
    await client.ping();
    await admin.config('SET', 'maxclients', '2');
    try {
      // The refusal may be the answer to a handshake command, or be overtaken by the closing of the socket.
      expect((await failureOf(readerOf(createPort(client)).connect())).kind).toMatch(/^(retry|lost)$/);
    } finally {
      await admin.config('SET', 'maxclients', '1000');
    }
  });

  it.each([
    ['a wrong password', { password: 'wrong' }, 'WRONGPASS'],
    ['no password', {}, 'NOAUTH'],
  ])('%s: fatal, with the answer of the server', async (_, options, word) => {
    const closed = await startRedis({ args: ['--requirepass', 'secret'] });
    const client = new Redis({ port: closed.port, lazyConnect: true, ...options });
    expect(await failureOf(createPort(client).reader().connect())).toMatchObject({ kind: 'fatal', word });
    await closed.stop();
  });

  it('commands that the ACL forbids: fatal', async () => {
    await admin.call('ACL', 'SETUSER', 'reader', 'on', '>pw', '~*', '+@all', '-xack', '-evalsha', '-client|unblock');
    const port = createPort(clientWith({ username: 'reader', password: 'pw' }));
    const forbidden = { kind: 'fatal', word: 'NOPERM' };
    expect(await failureOf(port.ack({ ...me, ids: ['1-0'] }))).toMatchObject(forbidden);
    expect(await failureOf(port.giveBack({ ...me, entries: [{ id: '1-0', count: 0 }] }))).toMatchObject(forbidden);
    expect(await failureOf(port.unblock({ clientId: 1 }))).toMatchObject(forbidden);
  });

  it('a server that restarts: lost, then a new connection works', async () => {
    const other = await startRedis();
    const client = new Redis(other.port);
    client.on('error', () => undefined); // the caller's own listener: ioredis prints errors that nobody listens to
    const port = createPort(client);
    await get(port.createGroup({ ...me, from: '0' }));
    const reader = port.reader();
    await get(reader.connect());
    const read = failureOf(reader.read(reading({ block: 10_000 })));
    await sleep(50);
    await other.restart();
    expect(await read).toMatchObject({ kind: 'lost' });
    expect(await get(reader.connect())).toBeTypeOf('number');
    expect(await failureOf(reader.read(reading()))).toMatchObject({ word: 'NOGROUP' });
    reader.disconnect();
    client.disconnect();
    await other.stop();
  });
});

it('the interface of the wire fits the class of this ioredis', () => {
  const client: RedisClient = clientWith({ lazyConnect: true });
  expect(client.status).toBe('wait');
});
