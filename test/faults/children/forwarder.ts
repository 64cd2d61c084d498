/** One of two stages that forward what they get: to be killed again and again. Tells when it has begun to work. */
import { backlogFirst, forwardTo, fromGroup } from '../../../src/index.js';
import { clientOf } from '../../integration/faults/children/client.js';
import { report } from '../../support/child.js';

const [port, from = '', to = ''] = process.argv.slice(2);
let begun = false;
fromGroup(clientOf(Number(port)), {
  streams: from,
  group: 'g',
  consumer: `${from}-1`,
  autoCreate: { from: '0' },
  bufferSize: 64,
  timeout: 100,
})
  .pipe(
    backlogFirst(),
    forwardTo(
      to,
      async ({ fields }) => {
        if (!begun) report({ begun: from });
        begun = true;
        await new Promise(setImmediate);
        return { n: fields['n'] ?? '', [from]: 'done' };
      },
      { concurrency: 16 },
    ),
  )
  .subscribe();
