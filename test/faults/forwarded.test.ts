/** Two stages, each a process, forward 10,000 entries, and both are killed again and again. */
import { expect, it } from 'vitest';
import { ground } from '../integration/faults/ground.js';
import { runChild, type Child } from '../support/child.js';
import { eventually } from '../support/eventually.js';

const on = ground();

const ENTRIES = 10_000;
/** Of each stage. */
const KILLS = 2;

it('10,000 entries through two stages, each killed with -9 again and again: every one arrives, once', async () => {
  for (let from = 0; from < ENTRIES; from += 1_000) {
    const pipeline = on.admin.pipeline();
    for (let n = from; n < from + 1_000; n++) pipeline.xadd('first', '*', 'n', n);
    await pipeline.exec();
  }
  const begin = (from: string, to: string): Child =>
    runChild('test/faults/children/forwarder.ts', { args: [`${on.server.port}`, from, to], timeout: 60_000 });
  const length = (stream: string): Promise<number> => on.admin.xlen(stream);
  const stages = [['first', 'second'] as const, ['second', 'third'] as const];

  /** What it had in its hands each time. */
  const held: number[] = [];
  const through = stages.map(async ([from, to]) => {
    for (let kill = 1; kill <= KILLS; kill++) {
      const child = begin(from, to);
      await child.line(/begun/);
      // Somewhere in the middle of its work: after so many more, or some time when the stage above gives it no more.
      const before = await length(to);
      await eventually(async () => (await length(to)) >= Math.min(before + 1_000 * kill, ENTRIES - 1_000), 'it forwards');
      child.kill('SIGKILL');
      expect((await child.ended).signal).toBe('SIGKILL');
      held.push((await on.pending(from, 'g')).length);
    }
    return begin(from, to);
  });
  const last = await Promise.all(through);
  await eventually(async () => (await length('third')) >= ENTRIES, 'all of them arrive', { within: 30_000 });
  for (const stream of ['first', 'second']) await on.settled(stream);
  for (const child of last) {
    child.kill('SIGKILL');
    await child.ended;
  }

  for (const stream of ['second', 'third']) {
    const numbers = (await on.admin.xrange(stream, '-', '+')).map(([, [, n]]) => Number(n));
    expect([numbers.length, new Set(numbers).size]).toEqual([ENTRIES, ENTRIES]);
  }
  // Or it would show nothing.
  expect(held.some((pending) => pending > 0)).toBe(true);
});
