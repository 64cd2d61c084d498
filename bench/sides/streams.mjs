/**
 * `node bench/sides/streams.mjs <name> <port> <entries> <streams> <window>`: works off the streams `<name>:0`, `<name>:1` … in one subscription, in a
 * group of its own.
 */
import { Redis } from 'ioredis';
import { ackAfter, bufferRefill, fromGroup, untilDrained } from '../../dist/esm/index.js';
import { work } from './entry.mjs';
import { measured } from './measured.mjs';

const [name = '', port = '', entries = '', count = '', window = ''] = process.argv.slice(2);
const redis = new Redis(Number(port));
const streams = Array.from({ length: Number(count) }, (_, i) => `${name}:${i}`);
const group = `g${process.pid}`;

async function each(command) {
  const pipeline = redis.pipeline();
  for (const stream of streams) command(pipeline, stream);
  return (await pipeline.exec()).map(([error, reply]) => {
    if (error) throw error;
    return reply;
  });
}

await each((pipeline, stream) => pipeline.xgroup('CREATE', stream, group, '0'));
const worked = fromGroup(redis, { streams, group, consumer: 'one' }).pipe(
  bufferRefill({ size: Number(window) }),
  untilDrained(),
  ackAfter(work),
);
await measured(Number(entries), async () => {
  let seen = 0;
  await worked.forEach((value) => (seen += value));
  return seen;
});
const left = (await each((pipeline, stream) => pipeline.xpending(stream, group))).reduce((sum, [pending]) => sum + pending, 0);
if (left > 0) throw new Error(`${left} entries are pending`);
await each((pipeline, stream) => pipeline.xgroup('DESTROY', stream, group));
redis.disconnect();
