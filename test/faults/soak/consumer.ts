/** A consumer of the soak, as a service would run it: killed, stopped and cut off by the test, and asked to end with SIGTERM. */
import { setTimeout as sleep } from 'node:timers/promises';
import { Redis } from 'ioredis';
import { lastValueFrom, tap } from 'rxjs';
import { ackAfter, backlogFirst, claimIdle, fromGroup, whenIdle, type Delivery, type Notice } from '../../../src/index.js';
import { BLOCK, GROUP, MIN_IDLE, RENEW_EVERY, STREAM } from './names.js';
import { writeJournal } from './journal.js';

const [port, consumer = '', path = ''] = process.argv.slice(2);
const write = writeJournal(path);
/** Done here, and not confirmed yet. */
const unconfirmed = new Set<string>();

const stop = new AbortController();
process.once('SIGTERM', () => stop.abort());

const redis = new Redis({
  port: Number(port),
  connectionName: consumer, // whose connections are whose, for CLIENT KILL
  // Half of them send an interrupted command again by themselves (a setting of many services), with the others that is our work.
  maxRetriesPerRequest: Number(consumer.slice(1)) % 2 === 0 ? null : 0,
  connectTimeout: 1000,
  socketTimeout: 1000, // without it ioredis would wait for ever on a line that has gone dead
  retryStrategy: (times) => Math.min(50 * times, 500),
});
redis.on('error', () => undefined); // faults are the subject here: ioredis would print each of them

function notify(notice: Notice): void {
  switch (notice.type) {
    case 'joined':
      return console.log('joined');
    case 'acked':
      for (const id of notice.ids) {
        write('acked', id);
        unconfirmed.delete(id);
      }
      return;
    case 'retrying':
      if (notice.what === 'ack') for (const id of unconfirmed) write('doubted', id);
      return;
    case 'lease-lost':
      for (const id of notice.ids) write('lost', id);
      return;
    default:
      return;
  }
}

async function work({ id }: Delivery): Promise<void> {
  write('started', id);
  await sleep(1 + 4 * Math.random());
  write('done', id);
  unconfirmed.add(id);
}

await lastValueFrom(
  fromGroup(redis, {
    streams: STREAM,
    group: GROUP,
    consumer,
    bufferSize: 64,
    timeout: BLOCK,
    signal: stop.signal,
    notify,
    lease: { renewEvery: RENEW_EVERY },
  }).pipe(
    backlogFirst(),
    claimIdle({ minIdle: MIN_IDLE, every: 500 }),
    tap(({ id }) => write('came', id)),
    ackAfter(work, { concurrency: 16 }),
  ),
  { defaultValue: undefined },
);
await whenIdle(redis);
await redis.quit();
