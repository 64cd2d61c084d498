/** Subscribing and unsubscribing leaves nothing behind, however often, in the middle of a blocked read. */
import { expect, it } from 'vitest';
import { runChild } from '../support/child.js';
import { ground } from '../integration/faults/ground.js';

const on = ground();

it('200 cycles during blocks: connections, listeners, timers and handles are those of the beginning, and the process ends by itself', async () => {
  const child = runChild('test/faults/children/cycles.ts', { args: [`${on.server.port}`, '200'], timeout: 50_000 });
  await child.line(/"quit":true/);
  const quit = performance.now();
  const { code, stderr, reports } = await child.ended;
  expect(performance.now() - quit).toBeLessThan(5000); // no timer of ours that runs out first, such as a block or a drainTimeout
  expect(stderr).toBe('');
  expect(code).toBe(0);
  const [{ before, after, told }] = reports as [{ before: object; after: object; told: object }];
  expect(before).toMatchObject({ connections: 2 }); // the child's and that of this test
  expect(after).toEqual(before);
  expect(told).toEqual({ joined: 203 + 135, closed: 203 }); // two of three read one stream, or two
  // The generated consumers are gone, too.
  expect(await on.admin.xinfo('CONSUMERS', 's', 'h')).toEqual([]);
  expect(await on.connections()).toEqual([]);
});
