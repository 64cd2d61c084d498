/** Consumes in the way it is told to, and never ends its work on the third entry: to be killed there. */
import { start, type Mode } from '../guarantees/modes.js';
import { clientOf } from '../../integration/faults/children/client.js';
import { report } from '../../support/child.js';

const [port, mode, stream = ''] = process.argv.slice(2);
let begun = 0;
start(mode as Mode, {
  redis: clientOf(Number(port)),
  stream,
  timeout: 1000,
  signal: new AbortController().signal,
  notify: () => undefined,
  failed: (error) => {
    throw error;
  },
  work: ({ id }) => {
    report({ begun: id });
    begun += 1;
    return begun === 3 ? new Promise<never>(() => undefined) : Promise.resolve(report({ done: id }));
  },
});
