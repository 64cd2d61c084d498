/** One reader follows two streams: one from its beginning, one from now on. No group, nothing to acknowledge. */
import { lastValueFrom, take, tap } from 'rxjs';
import { fromStreams, whenIdle } from 'rxjs-redis-streams';
import { connect } from './redis.js';

const [ticks, alerts] = ['example:02:ticks', 'example:02:alerts'];
const redis = connect();
await redis.del(ticks, alerts); // what an interrupted run may have left

await redis.xadd(ticks, '*', 'price', '99'); // before the reader comes: not seen
await redis.xadd(alerts, '*', 'text', 'market opens');

const joined = new Set<string>();
const tail = fromStreams(redis, {
  streams: { [ticks]: '$', [alerts]: '0' },
  decode: (fields) => Number(fields['price'] ?? NaN), // gives `value`
  notify: (notice) => {
    if (notice.type === 'joined' && joined.add(notice.stream).size === 2) void publish();
  },
});

// `$` is resolved once, before `joined` is told: what is added from then on is seen.
async function publish(): Promise<void> {
  for (const price of [101, 102, 103]) await redis.xadd(ticks, '*', 'price', price);
  await redis.xadd(alerts, '*', 'text', 'market closes');
}

await lastValueFrom(
  tail.pipe(
    tap(({ stream, fields, value }) => {
      console.log(stream === ticks ? `tick ${value.toFixed(2)}` : `alert: ${fields['text'] ?? ''}`);
    }),
    take(5),
  ),
);
console.log('five entries seen');

await whenIdle(redis); // `take` has unsubscribed; the reader's connection is closed now
await redis.del(ticks, alerts);
await redis.quit();

// expect: tick 101.00
// expect: tick 102.00
// expect: tick 103.00
// expect: five entries seen
