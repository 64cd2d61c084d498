/** Two ways to stop: `signal` works off what was fetched, `unsubscribe()` gives back what was not started. Neither loses anything. */
import { firstValueFrom, Subject, filter, lastValueFrom, tap, timer } from 'rxjs';
import { ackAfter, bufferRefill, fromGroup, whenIdle } from 'rxjs-redis-streams';
import { connect } from './redis.js';

const [stream, group] = ['example:06:pages', 'workers'];
const redis = connect();
await redis.del(stream); // what an interrupted run may have left
for (let number = 1; number <= 30; number++) await redis.xadd(stream, '*', 'number', number);

let finished = 0;
const progress = new Subject<number>();
const reached = (count: number) => firstValueFrom(progress.pipe(filter((each) => each === count)));

const stop = new AbortController(); // process.once('SIGTERM', () => stop.abort())
const work = fromGroup(redis, {
  streams: stream,
  group,
  consumer: 'worker-1',
  autoCreate: { from: '0' },
  signal: stop.signal,
  drainTimeout: 5_000, // closing takes no longer than that
  notify: (notice) => {
    if (notice.type === 'given-back') console.log(`not started and given back: ${notice.ids.length}`);
    if (notice.type === 'recovered') console.log(`taken over by the next subscription: ${notice.ids.length}`);
  },
}).pipe(
  bufferRefill({ size: 10, refillAt: 0 }),
  ackAfter(() => timer(5)), // an Observable can be cancelled; a promise would run on, unheard
  tap(() => progress.next(++finished)),
);

const subscription = work.subscribe();
await reached(3);
subscription.unsubscribe(); // cancels what runs, which stays pending, and gives back the rest of the ten
await whenIdle(redis); // `unsubscribe()` cannot be awaited, but this can
console.log(`unsubscribed after ${finished}`);

const completed = lastValueFrom(work);
await reached(8);
stop.abort(); // reading ends; the queue is worked off and its acks are confirmed
await completed;
const [pending] = await redis.xpending(stream, group);
console.log(`stopped after ${finished}, pending: ${String(pending)}; the other ${30 - finished} wait in the stream`);

await whenIdle(redis);
await redis.del(stream);
await redis.quit();

// expect: not started and given back:
// expect: unsubscribed after 3
// expect: taken over by the next subscription:
// expect: stopped after
// expect: pending: 0
