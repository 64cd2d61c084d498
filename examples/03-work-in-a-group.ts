/** A worker of a consumer group, as a service would run it. The entries to work on are added here as well. */
import { Redis } from 'ioredis';
import { lastValueFrom } from 'rxjs';
import { ackAfter, backlogFirst, bufferRefill, fromGroup, whenIdle, type Delivery } from 'rxjs-redis-streams';
import { createMemoryRedis } from 'rxjs-redis-streams/testing';

const stream = 'example:03:orders';
const url = process.env['REDIS_URL'];
const redis = url ? new Redis(url) : createMemoryRedis();
await redis.del(stream);
for (let number = 1; number <= 20; number++) {
  await redis.xadd(stream, '*', 'number', number, 'customer', `c${number % 4}`);
}

const stop = new AbortController();
process.once('SIGTERM', () => stop.abort()); // what is queued still runs, acks are confirmed, then the Observable completes

const charged = fromGroup(redis, {
  streams: stream,
  group: 'billing',
  consumer: 'billing-1', // the same after a restart: that makes the backlog its own
  autoCreate: { from: '0' }, // a new group begins with the oldest entry
  signal: stop.signal,
}).pipe(
  backlogFirst(), // what was left unfinished comes first
  bufferRefill({ size: 256, refillAt: 128 }), // the window: at most that many fetched and not settled
  ackAfter(charge, { concurrency: 8, key: (order) => order.fields['customer'] }), // do the work, then acknowledge
);

let count = 0;
async function charge({ id, fields }: Delivery): Promise<string> {
  await new Promise((resolve) => setTimeout(resolve, 10)); // the work
  if (++count === 20) stop.abort(); // a service would go on
  return `order ${fields['number'] ?? id} charged`;
}

console.log(await lastValueFrom(charged));
const [pending] = await redis.xpending(stream, 'billing');
console.log(`${count} orders charged, ${String(pending)} pending`);

await whenIdle(redis);
await redis.del(stream);
await redis.quit();

// expect: charged
// expect: 20 orders charged, 0 pending
