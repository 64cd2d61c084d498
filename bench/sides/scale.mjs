/**
 * One consumer process of ../scale.ts: `node bench/sides/scale.mjs <side> <ports> <parts> <window> <group> <name>`. It works off some entries in a
 * group of its own, so that its code is compiled, waits until all are ready, and then shares the streams with the others in one group.
 */
import { setTimeout as sleep } from 'node:timers/promises';
import { Cluster, Redis } from 'ioredis';
import { lastValueFrom, take } from 'rxjs';
import { ackAfter, bufferRefill, fromGroup, shards, untilDrained, whenIdle } from '../../dist/esm/index.js';

const [side = '', ports = '', parts = '', window = '', group = '', consumer = ''] = process.argv.slice(2);
const WARM_UP = 40_000;
const redis = new Cluster(JSON.parse(ports).map((port) => ({ host: '127.0.0.1', port })));
const streams = shards('bench', Number(parts));
let entries = 0;
let sum = 0;

/** The synchronous work of both sides: it looks at one field. */
function work(fields) {
  entries += 1;
  sum += fields['customer'].length;
}

async function ours(group, limit) {
  const source = fromGroup(redis, { streams, group, consumer }).pipe(
    bufferRefill({ size: Number(window) }),
    untilDrained(),
    ackAfter(({ fields }) => work(fields)),
    take(limit),
  );
  await lastValueFrom(source);
  await whenIdle(redis);
}

/** A connection and a loop for each stream, with as many entries in each read as `ours` gets. */
async function hand(group, limit) {
  const count = Math.floor(Number(window) / streams.length);
  const until = entries + limit;
  const loop = async (stream) => {
    const owner = redis.slots[await redis.cluster('KEYSLOT', stream)][0].split(':')[1];
    const reader = new Redis(Number(owner));
    while (entries < until) {
      const reply = await reader.call('XREADGROUP', 'GROUP', group, consumer, 'COUNT', count, 'STREAMS', stream, '>');
      if (reply === null) break;
      const ids = [];
      for (const [id, flat] of reply[0][1]) {
        const fields = {};
        for (let i = 0; i < flat.length; i += 2) fields[flat[i]] = flat[i + 1];
        work(fields);
        ids.push(id);
      }
      await redis.xack(stream, group, ...ids);
    }
    reader.disconnect();
  };
  await Promise.all(streams.map(loop));
}

const run = { ours, hand }[side];
const alone = `${group}-${consumer}`;
for (const stream of streams) await redis.xgroup('CREATE', stream, alone, '0');
await run(alone, WARM_UP);
for (const stream of streams) await redis.xgroup('DESTROY', stream, alone);

await redis.incr(`ready-${group}`);
while ((await redis.get(`go-${group}`)) === null) await sleep(5);
entries = 0;
const cpu = process.cpuUsage();
const began = Date.now();
await run(group, Infinity);
const { user, system } = process.cpuUsage(cpu);
const ended = Date.now();
redis.disconnect();
console.log(JSON.stringify({ began, ended, entries, user, system, sum }));
