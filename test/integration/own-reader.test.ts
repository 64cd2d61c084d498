/** The connection for reading, taken over from ioredis, and left to it: the same results, the same ends, nothing left. */
import { once } from 'node:events';
import { connect, createServer, type AddressInfo, type Socket } from 'node:net';
import { Redis, type RedisOptions } from 'ioredis';
import { firstValueFrom } from 'rxjs';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { ackAfter, fromGroup, whenIdle, type Notice } from 'rxjs-redis-streams';
import { listOf } from '../../src/flat.js';
import { classify } from '../../src/wire/failures.js';
import { createPort } from '../../src/wire/ioredis.js';
import type { Reader, ReadRequest } from '../../src/wire/port.js';
import { startRedis, type RedisServer } from '../support/redis-server.js';

let server: RedisServer;
let clients: Redis[] = [];
let readers: Reader[] = [];

beforeAll(async () => {
  server = await startRedis();
});
afterAll(() => server.stop());
beforeEach(() => open().flushall());
afterEach(() => {
  for (const reader of readers) reader.disconnect();
  for (const client of clients) client.disconnect();
  readers = [];
  clients = [];
});

function open(options: RedisOptions = {}): Redis {
  const client = new Redis({ port: server.port, readByUs: true, ...options } as RedisOptions);
  client.on('error', () => undefined);
  clients.push(client);
  return client;
}

async function connected(client: Redis, by: 'auto' | 'client' = 'auto'): Promise<Reader> {
  const reader = createPort(client).reader(by);
  readers.push(reader);
  await firstValueFrom(reader.connect());
  return reader;
}

const asking = (change: Partial<ReadRequest> = {}): ReadRequest => ({
  from: [['s', '0']],
  count: 1_000,
  block: undefined,
  binary: false,
  ...change,
});

/** What a read replies, all of it made. */
async function read(reader: Reader, change?: Partial<ReadRequest>) {
  const streams = await firstValueFrom(reader.read(asking(change)));
  return streams.map(({ stream, entries }) => ({
    stream,
    entries: entries.map(({ id, pairs }) => [id, pairs && [...listOf(pairs)]]),
  }));
}

describe.each(['auto', 'client'] as const)('reader: %s', (by) => {
  it('says who reads', async () => {
    expect((await connected(open(), by)).by).toBe(by === 'auto' ? 'own' : 'client');
  });

  it('reads what was written: text of any kind, bytes that are none, nothing, a large entry', async () => {
    const redis = open();
    const values = ['v', '', 'grüße 😀', '\r\n$-1\r\n', 'x'.repeat(70_000), Buffer.from([0xff, 0x00, 0xc3, 0x28])];
    for (const value of values) await redis.xadd('s', '*', 'név', value);
    const reader = await connected(redis, by);
    const text = (await read(reader))[0]?.entries.map(([, pairs]) => pairs);
    expect(text).toEqual(values.map((value) => ['név', value.toString()]));
    const bytes = (await read(reader, { binary: true }))[0]?.entries.map(([, pairs]) => pairs);
    expect(bytes).toEqual(values.map((value) => ['név', Buffer.from(value as string)]));
    expect(await read(reader, { from: [['none', '0']] })).toEqual([]);
  });

  it('reads a history with an entry that is gone, and an error', async () => {
    const redis = open();
    await redis.xadd('s', '1-0', 'f', 'v');
    await redis.xadd('s', '2-0', 'f', 'w');
    await redis.xgroup('CREATE', 's', 'g', '0');
    const reader = await connected(redis, by);
    const as = { group: 'g', consumer: 'c', noAck: false };
    await read(reader, { as, from: [['s', '>']] });
    await redis.xdel('s', '1-0');
    expect(await read(reader, { as })).toEqual([{ stream: 's', entries: [['1-0', null], ['2-0', ['f', 'w']]] }]); // prettier-ignore
    const refused = read(reader, { as: { ...as, group: 'no' } });
    await expect(refused).rejects.toMatchObject({ name: 'ReplyError', message: expect.stringMatching(/^NOGROUP /) });
    expect(await firstValueFrom(reader.lastGenerated({ stream: 's' }))).toBe('2-0');
    expect(await firstValueFrom(reader.lastGenerated({ stream: 'no' }))).toBeUndefined();
  });

  it('in the database, with the name and the prefix of the client', async () => {
    const redis = open({ db: 3, connectionName: 'mine', keyPrefix: 'p:' });
    await redis.xadd('s', '1-0', 'f', 'v');
    const reader = await connected(redis, by);
    expect(await read(reader)).toEqual([{ stream: 's', entries: [['1-0', ['f', 'v']]] }]);
    const list = (await redis.client('LIST')) as string;
    expect(list.split('\n').filter((line) => line.includes('name=mine') && line.includes('cmd=xread'))).toHaveLength(1);
  });

  it('a blocked read ends with CLIENT UNBLOCK, and with CLIENT KILL', async () => {
    const redis = open();
    const port = createPort(redis);
    const reader = port.reader(by);
    readers.push(reader);
    const clientId = await firstValueFrom(reader.connect());
    const blocked = () => read(reader, { from: [['s', '$']], block: 60_000 });
    const first = blocked();
    while (!(await firstValueFrom(port.unblock({ clientId }))));
    expect(await first).toEqual([]);
    const second = blocked().catch((error: unknown) => classify(error));
    await redis.client('KILL', 'ID', clientId);
    expect(await second).toMatchObject({ kind: 'lost' });
  });

  it('closes with a read out: nothing is left of its connection', async () => {
    const redis = open({ connectionName: 'closing' });
    const reader = await connected(redis, by);
    const failure = read(reader, { from: [['s', '$']], block: 60_000 }).catch((error: unknown) => classify(error));
    reader.disconnect();
    expect(await failure).toMatchObject({ kind: 'lost', error: { code: 'CONNECTION_LOST' } });
    await expect.poll(async () => ((await redis.client('LIST')) as string).split('name=closing ').length - 1).toBe(1);
  });

  it('loses nothing and repeats nothing when what comes is broken on the way', async () => {
    const breaker = await startBreaker(server.port);
    const redis = open({ port: breaker.port });
    for (let n = 0; n < 400; n++) await redis.xadd('s', '*', 'n', n, 'note', 'x'.repeat(200));
    const notices: Notice[] = [];
    const options = { streams: 's', group: 'g', consumer: 'c', autoCreate: { from: '0' }, reader: by } as const;
    const seen: number[] = [];
    breaker.breakNext();
    const source = fromGroup(redis, { ...options, bufferSize: 100, notify: (notice) => notices.push(notice) });
    await new Promise<void>((resolve, reject) => {
      const subscription = source.pipe(ackAfter(({ fields }) => Number(fields['n']))).subscribe({
        next: (n) => {
          seen.push(n);
          if (n % 150 === 0) breaker.breakNext();
          if (seen.length === 400) {
            subscription.unsubscribe();
            resolve();
          }
        },
        error: reject,
      });
    });
    await whenIdle(redis);
    expect([...seen].sort((a, b) => a - b)).toEqual(Array.from({ length: 400 }, (_, n) => n));
    const told = notices
      .filter((notice) => notice.type === 'retrying' && notice.what === 'read')
      .map((each) => 'error' in each && each.error);
    expect(told).toContainEqual(expect.objectContaining({ code: 'PROTOCOL' }));
    expect(breaker.broken).toBeGreaterThanOrEqual(1);
    await breaker.close();
  });
});

/** A proxy that puts a byte that RESP does not have in front of the next reply with entries. */
async function startBreaker(port: number) {
  let armed = false;
  let broken = 0;
  const sockets = new Set<Socket>();
  const proxy = createServer((client) => {
    const upstream = connect(port, '127.0.0.1');
    for (const [from, to] of [
      [client, upstream],
      [upstream, client],
    ] as const) {
      sockets.add(from);
      from.on('error', () => to.destroy());
      from.on('close', () => to.destroy());
    }
    client.on('data', (chunk) => upstream.write(chunk));
    upstream.on('data', (chunk: Buffer) => {
      const breaks = armed && chunk.toString('latin1').includes('\r\nnote\r\n');
      if (breaks) {
        armed = false;
        broken++;
      }
      client.write(breaks ? Buffer.concat([Buffer.from('!'), chunk]) : chunk);
    });
  });
  proxy.listen(0, '127.0.0.1');
  await once(proxy, 'listening');
  return {
    port: (proxy.address() as AddressInfo).port,
    breakNext: () => (armed = true),
    get broken() {
      return broken;
    },
    close: async () => {
      for (const socket of sockets) socket.destroy();
      proxy.close();
      await once(proxy, 'close');
    },
  };
}
