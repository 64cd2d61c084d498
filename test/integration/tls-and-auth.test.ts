/** TLS and AUTH are the business of the caller's client: the connection for reads has both from it, also when it is replaced. */
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { Redis, type RedisOptions } from 'ioredis';
import { firstValueFrom, lastValueFrom, take } from 'rxjs';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { ackAfter, fromGroup, fromStreams, GroupConsumer, untilDrained, whenIdle } from '../../src/index.js';
import { CERTIFICATE, KEY } from '../support/certificate.js';
import { everythingIn } from '../support/everything-in.js';
import { eventually } from '../support/eventually.js';
import { freePort, startRedis, type RedisServer } from '../support/redis-server.js';
import { notebook } from './faults/notebook.js';

const PASSWORD = 'S3CRET-default';
const WORKER = { username: 'worker', password: 'S3CRET-worker' };
const TRUST = { ca: CERTIFICATE };

let dir: string;
let server: RedisServer;
/** Where the server speaks TLS; on its other port it does not. */
let tlsPort: number;
let admin: Redis;
let clients: Redis[];

beforeAll(async () => {
  dir = await mkdtemp(join(tmpdir(), 'rxjs-redis-streams-'));
  const [cert, key] = [join(dir, 'cert.pem'), join(dir, 'key.pem')];
  await writeFile(cert, CERTIFICATE);
  await writeFile(key, KEY);
  tlsPort = await freePort();
  const tls = ['--tls-port', `${tlsPort}`, '--tls-cert-file', cert, '--tls-key-file', key, '--tls-ca-cert-file', cert];
  const users = ['--requirepass', PASSWORD, '--user', WORKER.username, 'on', `>${WORKER.password}`, '~*', '+@all'];
  server = await startRedis({ args: [...tls, '--tls-auth-clients', 'no', ...users] });
  admin = new Redis({ port: server.port, password: PASSWORD });
});
afterAll(async () => {
  admin.disconnect();
  await server.stop();
  await rm(dir, { recursive: true });
});
beforeEach(async () => {
  clients = [];
  await admin.flushall();
});
afterEach(async () => {
  for (const client of clients) {
    await whenIdle(client);
    client.disconnect();
  }
});

function made(client: Redis): Redis {
  client.on('error', () => undefined);
  clients.push(client);
  return client;
}
const client = (options: RedisOptions): Redis => made(new Redis(options));

/** The connections but the admin's: as whom, over which port, and whether blocked. */
async function connections(): Promise<{ user: string; port: number; blocked: boolean; id: string }[]> {
  const list = String(await admin.client('LIST'));
  return list
    .trim()
    .split('\n')
    .map((line) => ({
      id: /^id=(\d+)/.exec(line)?.[1] ?? '',
      user: / user=(\S+)/.exec(line)?.[1] ?? '',
      port: Number(/ laddr=\S+:(\d+)/.exec(line)?.[1]),
      blocked: / flags=\w*b/.test(line),
      command: / cmd=(\S+)/.exec(line)?.[1],
    }))
    .filter(({ command }) => command !== 'client|list');
}
/** The one that waits for entries. */
async function reader() {
  const waiting = async () => (await connections()).filter(({ blocked }) => blocked);
  await eventually(async () => (await waiting()).length === 1, 'one connection reads');
  return (await waiting())[0] ?? expect.unreachable();
}

const ways: [name: string, options: () => { redis: () => Redis; user: string; port: number }][] = [
  ['requirepass', () => ({ redis: () => client({ port: server.port, password: PASSWORD }), user: 'default', port: server.port })],
  ['an ACL user', () => ({ redis: () => client({ port: server.port, ...WORKER }), user: 'worker', port: server.port })],
  [
    'TLS with requirepass',
    () => ({ redis: () => client({ port: tlsPort, tls: TRUST, password: PASSWORD }), user: 'default', port: tlsPort }),
  ],
  [
    'TLS with an ACL user',
    () => ({ redis: () => client({ port: tlsPort, tls: TRUST, ...WORKER }), user: 'worker', port: tlsPort }),
  ],
  [
    'a rediss:// URL with user and password',
    () => {
      const url = `rediss://${WORKER.username}:${WORKER.password}@localhost:${tlsPort}`;
      return { redis: () => made(new Redis(url, { tls: TRUST })), user: 'worker', port: tlsPort };
    },
  ],
];

describe.each(ways)('%s', (_, way) => {
  it('is that of the connection for reads, and of the next one when it dies', async () => {
    const { redis: make, user, port } = way();
    const redis = make();
    const told = notebook();
    const done: string[] = [];
    const subscription = fromGroup(redis, { streams: 's', group: 'g', consumer: 'c', timeout: 10_000, notify: told.notify })
      .pipe(ackAfter(({ id }) => void done.push(id)))
      .subscribe();
    const first = await reader();
    expect(first).toMatchObject({ user, port });
    const ids = [await admin.xadd('s', '*', 'n', 1)];
    await eventually(() => done.length === 1, 'it is done');
    await admin.client('KILL', 'ID', first.id);
    await eventually(() => told.of('retrying').length > 0, 'the loss is noticed');
    const second = await reader();
    expect([second.id === first.id, second]).toMatchObject([false, { user, port }]);
    ids.push(await admin.xadd('s', '*', 'n', 2));
    await eventually(() => done.length === 2, 'it is done');
    subscription.unsubscribe();
    await whenIdle(redis);
    expect(done).toEqual(ids);
    expect(await admin.xpending('s', 'g')).toHaveProperty('0', 0);
    expect((await connections()).map((each) => [each.user, each.port])).toEqual([[user, port]]);
    expect(everythingIn(told.all)).not.toContain('S3CRET');
  });

  it('is that of fromStreams and of pull consumers', async () => {
    const redis = way().redis();
    const id = await admin.xadd('s', '*', 'n', 1);
    expect((await firstValueFrom(fromStreams(redis, { streams: { s: '0' } }))).id).toBe(id);
    await using consumer = new GroupConsumer(redis, { streams: 's', group: 'g', consumer: 'c', autoCreate: { from: '0' } });
    const entry = await consumer.getEntry();
    expect(entry?.id).toBe(id);
    await entry?.ack();
  });
});

describe('refused', () => {
  const failing = async (redis: Redis, reading: Redis, code: string): Promise<void> => {
    await admin.xadd('s', '*', 'n', 1);
    redis.duplicate = (override) => reading.duplicate(override);
    const told = notebook();
    const source = fromGroup(redis, { streams: 's', group: 'g', autoCreate: { from: '0' }, notify: told.notify });
    const error = await lastValueFrom(source.pipe(untilDrained(), take(1))).catch((reason: unknown) => reason);
    expect(error).toMatchObject({ code });
    await whenIdle(redis);
    expect(told.of('retrying')).toEqual([]); // it would not get better
    expect(told.all.at(-1)).toMatchObject({ type: 'closed', error });
    expect(everythingIn([error, told.all])).not.toContain('S3CRET');
  };
  const good = (): Redis => client({ port: tlsPort, tls: TRUST, ...WORKER });
  const never = { retryStrategy: () => null };

  it('a certificate that is not trusted', () =>
    failing(good(), client({ ...never, port: tlsPort, tls: {}, ...WORKER }), 'REFUSED'));

  it('a certificate of another name', () =>
    failing(good(), client({ ...never, port: tlsPort, tls: { ...TRUST, servername: 'elsewhere' }, ...WORKER }), 'REFUSED'));

  it('a wrong password over TLS', () =>
    failing(good(), client({ ...never, port: tlsPort, tls: TRUST, ...WORKER, password: 'S3CRET-wrong' }), 'NOT_ALLOWED'));

  it('no password where one is needed', () => failing(good(), client({ ...never, port: server.port }), 'NOT_ALLOWED'));

  it('TLS spoken to a port that does not, and none to one that does: a lost connection, tried again', async () => {
    for (const wrong of [{ port: server.port, tls: TRUST }, { port: tlsPort }]) {
      const redis = good();
      const reading = client({ ...never, ...WORKER, ...wrong, connectTimeout: 200 });
      redis.duplicate = (override) => reading.duplicate(override);
      const told = notebook();
      const errors: unknown[] = [];
      const subscription = fromGroup(redis, { streams: 's', group: 'g', notify: told.notify }).subscribe({
        error: (error: unknown) => errors.push(error),
      });
      await eventually(() => told.of('retrying').length + errors.length > 1, 'it fails, and is tried again');
      subscription.unsubscribe();
      await whenIdle(redis);
      expect(errors).toEqual([]);
      expect(everythingIn([errors, told.all])).not.toContain('S3CRET');
    }
  });
});
