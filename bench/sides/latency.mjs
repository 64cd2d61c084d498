/**
 * `node bench/sides/latency.mjs <side> <port> <rate> <seconds>`: one entry after the other is added by a process of its own; how long does each take
 * from XADD to the work on it? Both processes read the same clock (CLOCK_MONOTONIC). Counted twice: of the seconds 2 to 4, in which V8 is still
 * compiling what runs, and of the last 5 seconds.
 */
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { setTimeout as sleep } from 'node:timers/promises';
import { fileURLToPath } from 'node:url';
import { Redis } from 'ioredis';
import { ackAfter, bufferRefill, fromGroup, whenIdle } from '../../dist/esm/index.js';
import { entryOf } from './entry.mjs';
import { sideOf } from './measured.mjs';

const [side = '', port = '', rate = '', seconds = ''] = process.argv.slice(2);
const total = Number(rate) * Number(seconds);
const stream = `latency:${process.pid}`;
const redis = new Redis(Number(port));
const took = [];

/** The synchronous work. */
function work({ fields }) {
  took.push(Number(process.hrtime.bigint() - BigInt(fields['amount'])) / 1_000);
}

async function ours() {
  const worked = fromGroup(redis, { streams: stream, group: 'g', consumer: 'one' }).pipe(
    bufferRefill({ size: 1_000 }),
    ackAfter(work),
  );
  const subscription = worked.subscribe();
  return async () => {
    subscription.unsubscribe();
    await whenIdle(redis);
  };
}

/** A read that waits, the work, an XACK that nobody waits for: no entry waits for an ack. */
async function loop() {
  const reader = redis.duplicate();
  const reading = (async () => {
    const acks = [];
    while (took.length < total) {
      const reply = await reader.xreadgroup('GROUP', 'g', 'one', 'COUNT', 1_000, 'BLOCK', 5_000, 'STREAMS', stream, '>');
      for (const [name, found] of reply ?? []) {
        for (const raw of found) work(entryOf(name, raw));
        acks.push(redis.xack(stream, 'g', ...found.map(([id]) => id)));
      }
    }
    await Promise.all(acks);
  })();
  return async () => {
    await reading;
    reader.disconnect();
  };
}

const start = sideOf({ ours, loop }, side);
await redis.xgroup('CREATE', stream, 'g', '$', 'MKSTREAM');
const stop = await start();
await sleep(300);
const producer = spawn(process.execPath, [fileURLToPath(new URL('producer.mjs', import.meta.url)), port, stream, rate, seconds], {
  stdio: 'inherit',
});
const [code] = await once(producer, 'close');
if (code !== 0) throw new Error(`the producer ended with ${code}`);
while (took.length < total) await sleep(5);
await stop();
const [pending] = await redis.xpending(stream, 'g');
if (pending > 0) throw new Error(`${side} has left ${pending} entries pending`);
await redis.del(stream);
redis.disconnect();

function quantiles(from, to) {
  const counted = took.slice(from * Number(rate), to * Number(rate)).sort((a, b) => a - b);
  return { p50: counted[Math.floor(counted.length / 2)], p99: counted[Math.floor(counted.length * 0.99)] };
}

console.log(JSON.stringify({ early: quantiles(1, 4), warm: quantiles(Number(seconds) - 5, Number(seconds)) }));
