/**
 * `node bench/sides/backlog.mjs <pending> <port> <groups>`: works off a backlog of so many entries, in so many groups one after the other. A group
 * before them, of 20,000, is for warming up and does not count.
 */
import { Redis } from 'ioredis';
import { ackAfter, backlogFirst, bufferRefill, fromGroup, untilDrained } from '../../dist/esm/index.js';
import { work } from './entry.mjs';
import { measured } from './measured.mjs';

const [size = '', port = '', groups = ''] = process.argv.slice(2);
const redis = new Redis(Number(port));
const WARM = 20_000;
const STEP = 1_000;

/** A group whose only consumer has so many entries pending, and for which nothing is left to read. */
async function pend(group, entries) {
  await redis.xgroup('CREATE', 'bench', group, '0');
  const script = `for i = 1, 10 do redis.call('XREADGROUP', 'GROUP', ARGV[1], 'one', 'COUNT', ${STEP / 10}, 'STREAMS', KEYS[1], '>') end`;
  for (let i = 0; i < entries; i += STEP) await redis.eval(script, 1, 'bench', group);
  await redis.xgroup('SETID', 'bench', group, '$');
  const [pending] = await redis.xpending('bench', group);
  if (pending !== entries) throw new Error(`${pending} of ${entries} are pending`);
}

async function workOff(group) {
  let seen = 0;
  await fromGroup(redis, { streams: 'bench', group, consumer: 'one' })
    .pipe(backlogFirst(), bufferRefill({ size: 1_000 }), untilDrained(), ackAfter(work))
    .forEach((value) => (seen += value));
  return seen;
}

const names = Array.from({ length: Number(groups) }, (_, i) => `g${i}`);
await pend('warm', WARM);
for (const name of names) await pend(name, Number(size));
await workOff('warm');
await measured(Number(size) * names.length, async () => {
  let seen = 0;
  for (const name of names) seen += await workOff(name);
  return seen;
});
for (const name of ['warm', ...names]) {
  const [pending] = await redis.xpending('bench', name);
  if (pending > 0) throw new Error(`${pending} entries of ${name} are pending`);
  await redis.xgroup('DESTROY', 'bench', name);
}
redis.disconnect();
