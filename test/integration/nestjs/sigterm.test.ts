import { get, type IncomingMessage } from 'node:http';
import { setTimeout as sleep } from 'node:timers/promises';
import { Redis } from 'ioredis';
import { firstValueFrom, toArray } from 'rxjs';
import { ackAfter, backlogFirst, fromGroup, untilDrained } from 'rxjs-redis-streams';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { runChild, type Child } from '../../support/child.js';
import { eventually } from '../../support/eventually.js';
import { startRedis, type RedisServer } from '../../support/redis-server.js';

const app = 'test/integration/nestjs/sigterm-app.ts';
const drainTimeout = 10_000;
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

test('an application under load that gets SIGTERM loses nothing, repeats nothing it had finished, and exits in time', async () => {
  const added: string[] = [];
  let loading = true;
  const load = (async () => {
    // faster than they are worked off, and no longer than until the application is gone
    for (let n = 0; loading; n++, await sleep(1)) added.push((await redis.xadd('orders', '*', 'n', n)) as string);
  })();
  const first = runChild(app, { args: [String(server.port), String(drainTimeout), '20'] });
  await first.line(/^listening/);
  const page = await open(first);
  await eventually(async () => (await redis.llen('orders:finished')) > 100, 'under load');

  const at = performance.now();
  first.kill('SIGTERM');
  const ended = await first.ended;
  const took = performance.now() - at;
  loading = false;
  await load;
  expect(ended).toMatchObject({ code: null, signal: 'SIGTERM', stderr: '' }); // Nest hands the signal on, once all is closed
  expect(took).toBeLessThan(drainTimeout); // the bound that it was given, which work of 20 ms is far from
  expect(page.complete).toBe(true);
  const finished = await redis.lrange('orders:finished', 0, -1);
  expect(await redis.lrange('orders:begun', 0, -1)).toHaveLength(finished.length); // what was begun is finished
  const rows = (await redis.xpending('orders', 'billing', '-', '+', 1_000)) as [string, string, number, number][];
  expect(rows.filter(([id]) => finished.includes(id))).toEqual([]); // and acked
  expect(await redis.client('LIST')).toSatisfy((list: string) => list.trim().split('\n').length === 1); // nobody but us is connected

  // The next one under its name works off the rest, and nothing twice.
  const rest = fromGroup(redis, { streams: 'orders', group: 'billing', consumer: 'billing-1' }).pipe(
    backlogFirst(),
    untilDrained(),
    ackAfter(({ id }) => id),
    toArray(),
  );
  expect([...finished, ...(await firstValueFrom(rest))].sort()).toEqual(added.sort());
  expect(await redis.xpending('orders', 'billing')).toEqual([0, null, null, null]);
});

async function open(child: Child): Promise<IncomingMessage> {
  const port = Number((await child.line(/^listening/)).split(' ')[1]);
  const page = await new Promise<IncomingMessage>((resolve) =>
    get({ port, host: '127.0.0.1', path: '/orders', agent: false }, resolve),
  );
  return page.resume();
}
