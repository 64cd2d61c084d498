/** The slow subscriber in a process of its own: `node bench/sides/slow.mjs <port> <seconds>`: 2 ms per entry, concurrency 4, window 100. */
import { Redis } from 'ioredis';
import { timer } from 'rxjs';
import { ackAfter, bufferRefill, fromGroup, whenIdle } from '../../dist/esm/index.js';

const [port = '', seconds = ''] = process.argv.slice(2);
const redis = new Redis(Number(port));
const watcher = new Redis(Number(port));
let worked = 0;
let mostPending = 0;
const rss = [];

const subscription = fromGroup(redis, { streams: 'bench', group: 'slow', consumer: 'one', autoCreate: { from: '0' } })
  .pipe(
    bufferRefill({ size: 100 }),
    ackAfter(() => timer(2), { concurrency: 4 }),
  )
  .subscribe(() => (worked += 1));

const until = Date.now() + Number(seconds) * 1_000;
while (Date.now() < until) {
  const [pending] = await watcher.xpending('bench', 'slow').catch(() => [0]);
  mostPending = Math.max(mostPending, pending);
  rss.push(process.memoryUsage().rss / 2 ** 20);
  await new Promise((resolve) => setTimeout(resolve, 50));
}
subscription.unsubscribe();
await whenIdle(redis);
await redis.quit();
await watcher.quit();
const third = Math.floor(rss.length / 3);
const mean = (values) => values.reduce((sum, each) => sum + each, 0) / values.length;
console.log(
  JSON.stringify({
    worked,
    mostPending,
    rssSecondThird: mean(rss.slice(third, 2 * third)),
    rssLastThird: mean(rss.slice(2 * third)),
  }),
);
