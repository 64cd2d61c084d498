/**
 * `node bench/sides/libraries.mjs <side> <port> <entries>`: other libraries at the work of group.mjs, each as its documentation has it. Only those that
 * read streams read `bench`; a queue is filled first, and that is not measured.
 */
import { Redis } from 'ioredis';
import { work } from './entry.mjs';
import { measured, sideOf } from './measured.mjs';

const [side = '', port = '', entries = ''] = process.argv.slice(2);
const total = Number(entries);
const connection = { host: '127.0.0.1', port: Number(port) };

async function bullmq(concurrency) {
  const { Queue, Worker } = await import('bullmq');
  const queue = new Queue(side, { connection });
  await queue.obliterate({ force: true });
  const note = 'x'.repeat(60);
  for (let i = 0; i < total; i += 1_000) {
    await queue.addBulk(
      Array.from({ length: 1_000 }, (_, at) => {
        const data = { customer: `customer-${(i + at) % 977}`, amount: String(((i + at) * 7919) % 100_000), note };
        return { name: 'bench', data, opts: { removeOnComplete: true } };
      }),
    );
  }
  let seen = 0;
  let done = 0;
  const project = async ({ data }) => {
    seen += work({ fields: data });
  };
  const worker = new Worker(side, project, {
    connection: { ...connection, maxRetriesPerRequest: null },
    concurrency,
    autorun: false,
  });
  await worker.waitUntilReady();
  await measured(total, async () => {
    await new Promise((resolve, reject) => {
      worker.on('completed', () => (done += 1) === total && resolve());
      worker.on('error', reject);
      worker.run().catch(reject);
    });
    return seen;
  });
  await worker.close();
  await queue.obliterate({ force: true });
  await queue.close();
}

async function broker() {
  const { StreamChannelBroker } = (await import('redis-streams-broker')).default;
  const redis = new Redis(connection);
  await redis.xgroup('DESTROY', 'bench', side);
  const group = await new StreamChannelBroker(redis, 'bench').joinConsumerGroup(side, '0');
  await measured(total, async () => {
    let seen = 0;
    let done = 0;
    await new Promise((resolve, reject) => {
      const project = async (found) => {
        const some = found.slice(0, total - done);
        for (const { payload } of some) seen += work({ fields: payload });
        await Promise.all(some.map(({ markAsRead }) => markAsRead()));
        done += some.length;
        if (done < total) return 500;
        resolve();
        return '0'; // the end of the subscription; a plain 0 it takes for nothing
      };
      group.subscribe('one', project, 1_000, 500).catch(reject);
    });
    return seen;
  });
  await redis.xgroup('DESTROY', 'bench', side);
  redis.disconnect();
}

await sideOf({ bullmq: () => bullmq(1), bullmq100: () => bullmq(100), broker }, side)();
