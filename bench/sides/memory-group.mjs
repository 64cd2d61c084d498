/** `node bench/sides/memory-group.mjs <entries>`: the pipeline of group.mjs on the in-memory Redis, server and all in one process. */
import { ackAfter, bufferRefill, fromGroup, untilDrained } from '../../dist/esm/index.js';
import { createMemoryRedis } from '../../dist/esm/testing/index.js';
import { work } from './entry.mjs';
import { measured } from './measured.mjs';

const total = Number(process.argv[2]);
const redis = createMemoryRedis();
const note = 'x'.repeat(60);
for (let i = 0; i < total; i++) {
  await redis.xadd('bench', '*', 'customer', `customer-${i % 977}`, 'amount', (i * 7919) % 100_000, 'note', note);
}
await redis.xgroup('CREATE', 'bench', 'g', '0');
const worked = fromGroup(redis, { streams: 'bench', group: 'g', consumer: 'one' }).pipe(
  bufferRefill({ size: 1_000 }),
  untilDrained(),
  ackAfter(work),
);
await measured(total, async () => {
  let seen = 0;
  await worked.forEach((value) => (seen += value));
  return seen;
});
const [pending] = await redis.xpending('bench', 'g');
if (pending > 0) throw new Error(`${pending} entries are pending`);
redis.disconnect();
