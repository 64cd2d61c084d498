import fc from 'fast-check';
import { expect, test } from 'vitest';
import type { Plan } from '../../src/plan.js';
import { action, happen, STREAMS, type Action } from './model/actions.js';
import { check } from './model/checks.js';
import { plan } from './model/plans.js';
import { checkEnd, quiesce, silence } from './model/quiesce.js';
import { Walk } from './model/walk.js';

/** What is there before the first subscription. */
interface Before {
  readonly entries: number;
  /** The group stands, and gave that many to us, and as many to another consumer. */
  readonly pending: number | undefined;
}

const before: fc.Arbitrary<Before> = fc.record({
  entries: fc.nat({ max: 8 }),
  pending: fc.option(fc.nat({ max: 3 }), { nil: undefined }),
});

function prepare(walk: Walk, { entries, pending }: Before): void {
  const { server } = walk;
  for (const stream of STREAMS) {
    for (let i = 0; i < entries; i++) server.add(stream);
    if (pending === undefined || walk.plan.group === undefined) continue;
    const group = server.createGroup(stream, '0-0');
    server.other(stream, 2 * pending);
    [...group.pending].slice(0, pending).forEach(([id, row]) => {
      row.consumer = 'me';
      // Wanted, or nobody's care.
      if (walk.plan.group?.startFromBacklog) server.delivered.add(`${stream} ${id}`);
      else walk.old.add(`${stream} ${id}`);
    });
  }
}

function run(chosen: Plan, there: Before, actions: readonly Action[], silent: boolean): Walk {
  const walk = new Walk(chosen);
  prepare(walk, there);
  walk.dispatch({ type: 'start' });
  for (const each of actions) {
    happen(walk, each);
    check(walk);
  }
  if (silent && walk.state.phase.tag === 'closing') silence(walk);
  else quiesce(walk);
  check(walk);
  checkEnd(walk);
  return walk;
}

test(
  'whatever happens, the window is kept, nothing comes twice, nothing is stranded, and everything ends that has to',
  { timeout: 120_000 },
  () => {
    const seen = { closed: 0, emitted: 0, actions: 0 };
    const counts: Record<string, number> = {};
    const runs = 2_000;
    const actions = fc.array(action, { maxLength: 200, size: 'max' });
    fc.assert(
      fc.property(plan, before, actions, fc.boolean(), (...given) => {
        const walk = run(...given);
        seen.closed += walk.owed === undefined ? 0 : 1;
        seen.emitted += walk.emitted.size;
        seen.actions += given[2].length;
        for (const [what, count] of Object.entries(walk.counts)) counts[what] = (counts[what] ?? 0) + count;
      }),
      { numRuns: runs },
    );
    // It went somewhere.
    expect(seen.actions / runs).toBeGreaterThan(80);
    expect(seen.emitted / runs).toBeGreaterThan(5);
    expect(seen.closed / runs).toBeGreaterThan(0.1);
    for (const [what, count] of Object.entries(counts)) expect(count, `how many were ${what}`).toBeGreaterThan(0);
  },
);
