/**
 * A worker among whose entries one is poison: its project ends the process, while others run and wait. It tells what it finishes in the
 * hash `done`, and prints what it begins, with how many run beside it. SIGTERM ends it gracefully.
 */
import { setTimeout as sleep } from 'node:timers/promises';
import { ackAfter, backlogFirst, claimIdle, fromGroup, redeliver, whenIdle } from '../../../src/index.js';
import { clientOf } from '../../integration/faults/children/client.js';
import { report } from '../../support/child.js';
import { EXIT, LETTERS, MOST, type Way } from '../bystanders.js';

const [port, consumer, way] = process.argv.slice(2) as [string, string, Way];
const redis = clientOf(Number(port));
const stop = new AbortController();
process.once('SIGTERM', () => stop.abort());
/** Projects that run now. */
let running = 0;

const source = fromGroup(redis, {
  streams: 's',
  group: 'g',
  consumer,
  bufferSize: 100,
  timeout: 100,
  signal: stop.signal,
  lease: { renewEvery: 100 },
});
const own = source.pipe(backlogFirst(), redeliver({ maxDeliveries: MOST, deadLetter: LETTERS }));
const others = source.pipe(claimIdle({ minIdle: 300, every: 50 }), redeliver({ maxDeliveries: MOST, deadLetter: LETTERS }));

(way === 'backlog' ? own : others)
  .pipe(
    ackAfter(
      async ({ id, attempt, fields }) => {
        report({ id, attempt, beside: running });
        running += 1;
        await sleep(3);
        if (fields['poison'] !== undefined) process.exit(EXIT);
        await redis.hincrby('done', id, 1);
        running -= 1;
      },
      { concurrency: 8 },
    ),
  )
  .subscribe({ complete: () => void whenIdle(redis).then(() => redis.quit()) });
