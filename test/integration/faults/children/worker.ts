/** A worker that is killed at its work: tells when each project starts and ends, and never gets to its third ack. */
import { setTimeout as sleep } from 'node:timers/promises';
import { ackAfter, fromGroup } from '../../../../src/index.js';
import { report } from '../../../support/child.js';
import { clientOf } from './client.js';

const [port, dies] = process.argv.slice(2);
const redis = clientOf(Number(port));
let started = 0;
fromGroup(redis, { streams: 's', group: 'g', consumer: 'worker' })
  .pipe(
    ackAfter(async ({ id }) => {
      started += 1;
      report({ started: id });
      if (started < 3) return;
      // Meanwhile the first two are acked.
      await sleep(dies === 'before the work ends' ? 60_000 : 100);
      report({ ended: id });
      // The work has ended, and its ack is next: this process does nothing more from here on.
      Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0, 60_000);
    }),
  )
  .subscribe();
