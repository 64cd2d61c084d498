/**
 * The in-memory Redis in a process of its own: `node bench/sides/memory.mjs <how> <entries>`, on the built package. Every entry is added, read
 * in a group and acked; prints one line of JSON.
 */
import { createMemoryRedis } from '../../dist/esm/testing/index.js';

const [how = '', count = ''] = process.argv.slice(2);
const total = Number(count);
const redis = createMemoryRedis();
const reader = redis.duplicate();
const note = 'x'.repeat(60);

/** As a producer and a consumer of this library do: XADDs side by side, XREADGROUP COUNT 100, one XACK with all ids. */
async function batches(entries) {
  for (let i = 0; i < entries; i += 100) {
    await Promise.all(Array.from({ length: 100 }, (_, at) => add(i + at)));
    const [[, found]] = await read(100);
    await redis.call('XACK', ['bench', 'g', ...found.map(([id]) => id)]);
  }
}

/** The next command only after the reply of the one before, three for each entry. */
async function oneByOne(entries) {
  for (let i = 0; i < entries; i++) {
    await add(i);
    const [[, [[id]]]] = await read(1);
    await redis.call('XACK', ['bench', 'g', id]);
  }
}

function add(i) {
  return redis.xadd('bench', '*', 'customer', `customer-${i % 977}`, 'amount', (i * 7919) % 100_000, 'note', note);
}

function read(most) {
  return reader.call('XREADGROUP', ['GROUP', 'g', 'one', 'COUNT', most, 'STREAMS', 'bench', '>']);
}

const run = { batches, 'one by one': oneByOne }[how];
if (run === undefined) throw new Error(`No way ${how}`);
await redis.xgroup('CREATE', 'bench', 'g', '$', 'MKSTREAM');
const warm = total / 10;
await run(warm);
const began = process.hrtime.bigint();
const cpu = process.cpuUsage();
await run(total);
const seconds = Number(process.hrtime.bigint() - began) / 1e9;
const { user, system } = process.cpuUsage(cpu);
const [pending] = await redis.xpending('bench', 'g');
const missing = warm + total - (await redis.xlen('bench'));
if (pending > 0 || missing > 0) throw new Error(`${pending} entries are pending, and ${missing} missing`);
redis.disconnect();
reader.disconnect();
console.log(JSON.stringify({ perSecond: total / seconds, cpuMicros: (user + system) / total }));
