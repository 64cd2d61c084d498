import { lastValueFrom, Subject, take, takeUntil, timer, toArray, map } from 'rxjs';
import { Redis } from 'ioredis';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { ackAfter, fromGroup, whenIdle, type Delivery } from '../../../src/index.js';
import { startRedis, type RedisServer } from '../../support/redis-server.js';

let server: RedisServer;
let redis: Redis;
beforeAll(async () => {
  server = await startRedis();
  redis = new Redis(server.port);
});
afterAll(async () => {
  await redis.quit();
  await server.stop();
});

async function pendingCounts(): Promise<number[]> {
  const rows = (await redis.xpending('s', 'g', '-', '+', 100)) as [string, string, number, number][];
  return rows.map(([, , , count]) => count);
}

it('take(n) above a stage: the n entries asked for are worked on, one after another, and acked; the rest is given back', async () => {
  for (let i = 1; i <= 10; i++) await redis.xadd('s', `${i}-0`, 'n', String(i));
  const source = fromGroup(redis, { streams: 's', group: 'g', consumer: 'c', autoCreate: { from: '0' } });
  const work = ackAfter(({ id }: Delivery) => timer(5).pipe(map(() => id)));
  expect(await lastValueFrom(source.pipe(take(3), work, toArray()))).toEqual(['1-0', '2-0', '3-0']);
  await whenIdle(redis);
  expect(await pendingCounts()).toEqual([0, 0, 0, 0, 0, 0, 0]);

  // From outside: all seven have reached the stage, one runs, and what has not started goes back.
  const stop = new Subject<void>();
  const stopped = source.pipe(
    takeUntil(stop),
    ackAfter(({ id }) =>
      timer(5).pipe(
        map(() => {
          stop.next();
          return id;
        }),
      ),
    ),
    toArray(),
  );
  expect(await lastValueFrom(stopped)).toEqual(['4-0']);
  await whenIdle(redis);
  expect(await pendingCounts()).toEqual([0, 0, 0, 0, 0, 0]);
});
