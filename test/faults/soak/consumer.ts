/** A consumer of the soak, as a service would run it: killed, stopped and cut off by the test, and asked to end with SIGTERM. */
import { setTimeout as sleep } from 'node:timers/promises';
import { lastValueFrom, tap } from 'rxjs';
import { ackAfter, backlogFirst, claimIdle, fromGroup, whenIdle, type Delivery, type Notice } from '../../../src/index.js';
import { BLOCK, GROUP, MIN_IDLE, nameOf, RENEW_EVERY } from './names.js';
import { writeJournal } from './journal.js';
import { connect, type Where } from './where.js';

const [where = '', list = '', consumer = '', path = ''] = process.argv.slice(2);
const streams = JSON.parse(list) as string[];
const write = writeJournal(path);
/** Streams that are read by now. */
const joined = new Set<string>();
/** Done here, and not confirmed yet. */
const unconfirmed = new Set<string>();

const stop = new AbortController();
process.once('SIGTERM', () => stop.abort());

const redis = connect(
  JSON.parse(where) as Where,
  {
    connectionName: consumer, // whose connections are whose, for CLIENT KILL
    connectTimeout: 1000,
    socketTimeout: 1000, // without it ioredis would wait for ever on a line that has gone dead
  },
  // Half of them send an interrupted command again by themselves (a setting of many services), with the others that is our work.
  { sendsAgain: Number(consumer.slice(1)) % 2 === 0 },
);

function notify(notice: Notice): void {
  switch (notice.type) {
    case 'joined':
      joined.add(notice.stream);
      return joined.size === streams.length ? console.log('joined') : undefined;
    case 'acked':
      for (const id of notice.ids) {
        const name = nameOf(notice.stream, id);
        write('acked', name);
        unconfirmed.delete(name);
      }
      return;
    case 'retrying':
      if (notice.what === 'ack') for (const name of unconfirmed) write('doubted', name);
      return;
    case 'lease-lost':
      for (const id of notice.ids) write('lost', nameOf(notice.stream, id));
      return;
    default:
      return;
  }
}

async function work({ stream, id }: Delivery): Promise<void> {
  const name = nameOf(stream, id);
  write('started', name);
  await sleep(1 + 4 * Math.random());
  write('done', name);
  unconfirmed.add(name);
}

await lastValueFrom(
  fromGroup(redis, {
    streams,
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
    tap(({ stream, id }) => write('came', nameOf(stream, id))),
    ackAfter(work, { concurrency: 16 }),
  ),
  { defaultValue: undefined },
);
await whenIdle(redis);
await redis.quit();
