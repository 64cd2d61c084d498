/** `node bench/sides/producer.mjs <port> <stream> <rate> <seconds>`: adds entries at an even rate, each with the time at which it was sent. */
import { setTimeout as sleep } from 'node:timers/promises';
import { Redis } from 'ioredis';

const [port, stream, rate, seconds] = process.argv.slice(2);
const total = Number(rate) * Number(seconds);
const redis = new Redis(Number(port));
await redis.ping();
const note = 'x'.repeat(60);
const began = performance.now();
const added = [];
for (let i = 0; i < total; await sleep(1)) {
  for (const due = Math.min(total, ((performance.now() - began) / 1_000) * Number(rate)); i < due; i++) {
    added.push(
      redis.xadd(stream, '*', 'customer', `customer-${i % 977}`, 'amount', String(process.hrtime.bigint()), 'note', note),
    );
  }
}
await Promise.all(added);
redis.disconnect();
