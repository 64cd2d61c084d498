import { once } from 'node:events';
import { setTimeout as sleep } from 'node:timers/promises';
import { Redis } from 'ioredis';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { startRedis, type RedisServer } from './redis-server.js';
import { startProxy, type Proxy } from './tcp-proxy.js';

let server: RedisServer;
let proxy: Proxy;
let direct: Redis;
let clients: Redis[];

beforeEach(async () => {
  server = await startRedis();
  proxy = await startProxy(server);
  direct = new Redis(server.url);
  clients = [direct];
});
afterEach(async () => {
  for (const client of clients) client.disconnect();
  await proxy.close();
  await server.stop();
});

/** A client through the proxy that never comes back on its own. */
async function through(): Promise<Redis> {
  const redis = new Redis(proxy.url, { retryStrategy: () => null, maxRetriesPerRequest: 0, lazyConnect: true });
  redis.on('error', () => undefined);
  clients.push(redis);
  await redis.connect();
  return redis;
}
const blockedClients = async (): Promise<number> =>
  Number(/blocked_clients:(\d+)/.exec(await direct.info('clients'))?.[1] ?? Number.NaN);
const until = async (check: () => boolean | Promise<boolean>): Promise<void> => {
  for (let waited = 0; !(await check()); waited += 10) {
    if (waited > 5000) throw new Error('not within 5 s');
    await sleep(10);
  }
};

test('passes bytes both ways and counts them', async () => {
  const redis = await through();
  const value = 'x'.repeat(5_000_000);
  await redis.set('big', value);
  expect(await redis.get('big')).toBe(value);
  expect(proxy.connections).toHaveLength(1);
  expect(proxy.connections[0]).toMatchObject({ id: 1, state: 'open' });
  expect(proxy.connections[0]!.up).toBeGreaterThan(5_000_000);
  expect(proxy.connections[0]!.down).toBeGreaterThan(5_000_000);
});

test('cuts the reply that matches, on both sides', async () => {
  const redis = await through();
  await redis.set('k', 'needle');
  const cutting = proxy.cutReplies((chunk, { lastRequest }) => lastRequest.includes('get') && chunk.includes('needle'));
  expect(await redis.ping()).toBe('PONG');
  const answer = redis.get('k');
  await expect(answer).rejects.toThrow();
  await cutting.done;
  expect(proxy.stats.cuts).toBe(1);
  const again = await through();
  expect(await again.get('k')).toBe('needle');
});

test('cuts the next n replies, in their middle where told', async () => {
  const cutting = proxy.cutReplies(2, { pass: 3 });
  for (let i = 0; i < 2; i++) {
    const redis = new Redis(proxy.url, { retryStrategy: () => null, maxRetriesPerRequest: 0, lazyConnect: true });
    redis.on('error', () => undefined);
    clients.push(redis);
    await expect(redis.connect().then(() => redis.ping())).rejects.toThrow();
  }
  await cutting.done;
  expect(cutting.cuts).toBe(2);
  expect(await (await through()).ping()).toBe('PONG');
});

test('cut on the client side only: the server goes on holding its blocked client, who takes the next entry', async () => {
  await direct.xgroup('CREATE', 's', 'g', '$', 'MKSTREAM');
  const redis = await through();
  const read = redis.xreadgroup('GROUP', 'g', 'me', 'BLOCK', 30_000, 'STREAMS', 's', '>');
  read.catch(() => undefined);
  await until(async () => (await blockedClients()) === 1);
  proxy.cut('client');
  await expect(read).rejects.toThrow();
  expect(await blockedClients()).toBe(1);
  await direct.xadd('s', '*', 'a', 'b');
  expect(await direct.xpending('s', 'g')).toHaveProperty('0', 1);
  expect(proxy.connections[0]!.state).toBe('held');
});

test('frozen: bytes vanish, sockets stay open; after thawing only what lost nothing works', async () => {
  const [quiet, busy] = [await through(), await through()];
  let closed = false;
  busy.on('close', () => (closed = true));
  proxy.freeze();
  let answered = false;
  busy.ping().then(
    () => (answered = true),
    () => undefined,
  );
  const late = new Redis(proxy.url, { lazyConnect: true, retryStrategy: () => null, enableReadyCheck: false });
  clients.push(late);
  late.on('error', () => undefined);
  late.connect().catch(() => undefined);
  await once(late, 'connect');
  await sleep(50);
  expect({ answered, closed }).toEqual({ answered: false, closed: false });
  expect(proxy.stats.swallowed).toBeGreaterThan(0);
  proxy.thaw();
  expect(await quiet.ping()).toBe('PONG');
  await sleep(50);
  expect(answered).toBe(false);
  expect(await (await through()).ping()).toBe('PONG');
});

test('refuses new connections and leaves old ones alone', async () => {
  const redis = await through();
  proxy.refuse(true);
  await expect(through()).rejects.toThrow();
  expect(await redis.ping()).toBe('PONG');
  expect(proxy.stats.refused).toBe(1);
  proxy.refuse(false);
  expect(await (await through()).ping()).toBe('PONG');
});

test('delays both ways and keeps the order, also when the delay becomes shorter', async () => {
  const redis = await through();
  proxy.delay(300);
  const start = performance.now();
  const connection = proxy.connections.at(-1);
  const before = connection?.down ?? NaN;
  const answers = [redis.incr('n'), redis.incr('n')];
  await until(async () => (await direct.get('n')) === '2');
  await until(() => (connection?.down ?? NaN) === before + ':1\r\n:2\r\n'.length); // both replies have reached the proxy
  expect(performance.now() - start).toBeGreaterThan(295);
  proxy.delay(0);
  answers.push(redis.incr('n')); // its reply must not overtake those that are on their way
  expect(await Promise.all(answers)).toEqual([1, 2, 3]);
  expect(performance.now() - start).toBeGreaterThan(595);
  const undelayed = performance.now();
  await redis.ping();
  expect(performance.now() - undelayed).toBeLessThan(600); // both ways, if it were still delayed
});

test('a cut loses what is on its way; a closing lets it through', async () => {
  const cut = await through();
  proxy.delay(60_000);
  const answer = cut.set('cut', 'x');
  await sleep(20);
  proxy.cut('client');
  await expect(answer).rejects.toThrow();
  proxy.delay(0);
  const closing = await through();
  proxy.delay(60_000);
  closing.set('closing', 'x').catch(() => undefined);
  await sleep(20);
  closing.disconnect();
  await until(async () => (await direct.get('closing')) === 'x');
  expect(await direct.get('cut')).toBeNull();
});
