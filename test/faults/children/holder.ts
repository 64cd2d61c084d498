/** Fetches as many entries as its window has room for, begins a few of them, and never ends any: to be killed. */
import { ackAfter, fromGroup } from '../../../src/index.js';
import { NEVER } from 'rxjs';
import { clientOf } from '../../integration/faults/children/client.js';

const [port, bufferSize, renewEvery] = process.argv.slice(2).map(Number) as [number, number, number];
fromGroup(clientOf(port), { streams: 's', group: 'g', consumer: 'victim', bufferSize, lease: { renewEvery } })
  .pipe(ackAfter(() => NEVER, { concurrency: 8 }))
  .subscribe();
