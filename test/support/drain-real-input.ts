/**
 * Drains a stream through `fromGroup` + `ackAfter` in a process of its own, so that its memory is its own:
 * `tsx drain-real-input.ts <ioredis major> <port> <concurrency>`; reports what it saw.
 */
import { lastValueFrom, of, timer } from 'rxjs';
import { ackAfter, bufferRefill, fromGroup, untilDrained, whenIdle } from 'rxjs-redis-streams';
import { report } from './child.js';
import { Digest } from './real-input.js';

const [major = '5', port = '', concurrency = '1'] = process.argv.slice(2);
const redis =
  major === '6' ? new (await import('ioredis6')).Redis(Number(port)) : new (await import('ioredis')).Redis(Number(port));
const digest = new Digest();
const seen = new Set<string>();
let twice = 0;
let mostAtOnce = 0;
let atOnce = 0;

await lastValueFrom(
  fromGroup(redis, { streams: 'real', group: `at-${concurrency}`, consumer: 'one', autoCreate: { from: '0' } }).pipe(
    bufferRefill({ size: 128 }),
    untilDrained(),
    ackAfter(
      async ({ id, pairs }) => {
        mostAtOnce = Math.max(mostAtOnce, (atOnce += 1));
        if (seen.has(id)) twice += 1;
        seen.add(id);
        // Some end in the same turn, some later: order at concurrency 1 must not come from luck.
        await lastValueFrom(seen.size % 50 === 0 ? timer(0) : of(0));
        digest.add(id, pairs);
        atOnce -= 1;
      },
      { concurrency: Number(concurrency) },
    ),
  ),
);
await whenIdle(redis);
const [pending] = (await redis.call('XPENDING', 'real', `at-${concurrency}`)) as [number];
await redis.quit();
const { count, ordered, unordered } = digest;
report({ count, ordered, unordered, twice, mostAtOnce, pending });
