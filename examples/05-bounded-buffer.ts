/** A slow pipeline in front of a long stream: reading follows the work, so memory and the pending list stay small. */
import { setTimeout as sleep } from 'node:timers/promises';
import { count, lastValueFrom, tap } from 'rxjs';
import { ackAfter, bufferRefill, fromGroup, untilDrained, whenIdle } from 'rxjs-redis-streams';
import { connect } from './redis.js';

const [stream, group] = ['example:05:measurements', 'archive'];
const redis = connect();
await redis.del(stream); // what an interrupted run may have left
for (let number = 1; number <= 1_000; number++) await redis.xadd(stream, '*', 'number', number);

const most = { inHand: 0, pending: 0 };
let inHand = 0; // emitted by the source, not yet worked on

const stored = await lastValueFrom(
  fromGroup(redis, { streams: stream, group, autoCreate: { from: '0' } }).pipe(
    untilDrained(),
    bufferRefill({ size: 50, refillAt: 25 }), // read up to 50 ahead, read again when 25 or fewer are left
    tap(() => (most.inHand = Math.max(most.inHand, ++inHand))),
    ackAfter(
      async (_measurement, index) => {
        await sleep(1); // slower than Redis by far
        if (index % 20 === 0) most.pending = Math.max(most.pending, await pending());
        inHand--;
      },
      { concurrency: 10 },
    ),
    count(),
  ),
);

async function pending(): Promise<number> {
  return Number((await redis.xpending(stream, group))[0]);
}

console.log(`${stored} measurements stored`);
console.log(`at most ${most.inHand} in this process, and ${most.pending} in the pending list`);
// The pending list also holds entries that are done and whose acks are on their way: never more than the window again.
console.log(most.inHand <= 50 && most.pending <= 100 ? 'bounded' : 'not bounded!');
console.log(`pending at the end: ${await pending()}`);

await whenIdle(redis);
await redis.del(stream);
await redis.quit();

// expect: 1000 measurements stored
// expect: bounded
// expect: pending at the end: 0
