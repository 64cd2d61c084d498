/** A reader with a checkpoint that is killed at its work: tells which entries it finished, at concurrency 8 and out of order. */
import { setTimeout as sleep } from 'node:timers/promises';
import { ackAfter, fromStreams } from '../../../../src/index.js';
import { report } from '../../../support/child.js';
import { clientOf } from './client.js';

const [port] = process.argv.slice(2);
const redis = clientOf(Number(port));
let entries = 0;
fromStreams(redis, {
  streams: { s: '0', t: '0' },
  checkpoint: 'reports',
  bufferSize: 50,
  notify: (notice) => {
    if (notice.type === 'saved') report({ saved: notice.id, stream: notice.stream });
  },
})
  .pipe(
    ackAfter(
      async ({ stream, id }) => {
        report({ started: id, stream });
        await sleep((++entries * 5) % 7);
        report({ done: id, stream });
      },
      { concurrency: 8 },
    ),
  )
  .subscribe();
