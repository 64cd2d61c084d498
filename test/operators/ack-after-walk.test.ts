import fc from 'fast-check';
import { it } from 'vitest';
import { events, setups } from './ack-after-events.js';
import { Walk } from './ack-after-walk.js';

it('any order of events: every entry settled once, bounds and orders kept, one end and nothing after it', async () => {
  await fc.assert(
    fc.asyncProperty(setups, fc.array(events, { maxLength: 60 }), async (setup, happened) => {
      const walk = new Walk(setup);
      for (const each of happened) await walk.play(each);
      await walk.finish();
    }),
    { numRuns: Number(process.env['WALKS'] ?? 1_000) },
  );
});
