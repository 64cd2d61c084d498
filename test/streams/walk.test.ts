import fc from 'fast-check';
import { expect, test } from 'vitest';
import type { Plan } from '../../src/plan.js';
import { action, happen, listAction, pullAction, STREAMS, type Action } from './model/actions.js';
import { check } from './model/checks.js';
import { listPlan, plan, pullPlan } from './model/plans.js';
import { checkEnd, quiesce, silence } from './model/quiesce.js';
import { Walk } from './model/walk.js';
import { GROUP, PLAN } from '../support/plans.js';

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

/** Walks that often, and says how far it went on average. */
function walks(runs: number, plans: fc.Arbitrary<Plan>, what: fc.Arbitrary<Action>) {
  const seen = { closed: 0, emitted: 0, actions: 0, added: 0 };
  const counts: Record<string, number> = {};
  const actions = fc.array(what, { maxLength: 200, size: 'max' });
  fc.assert(
    fc.property(plans, before, actions, fc.boolean(), (...given) => {
      const walk = run(...given);
      seen.closed += walk.owed === undefined ? 0 : 1;
      seen.emitted += walk.emitted.size;
      seen.actions += given[2].length;
      seen.added += walk.state.tracks.length > given[0].streams.length ? 1 : 0;
      for (const [what, count] of Object.entries(walk.counts)) counts[what] = (counts[what] ?? 0) + count;
    }),
    { numRuns: runs },
  );
  const { closed, emitted, actions: length, added } = seen;
  return { average: { closed: closed / runs, emitted: emitted / runs, actions: length / runs, added: added / runs }, counts };
}

test(
  'whatever happens, the window is kept, nothing comes twice, nothing is stranded, and everything ends that has to',
  { timeout: 120_000 },
  () => {
    const { average, counts } = walks(2_000, plan, action);
    // It went somewhere.
    expect(average.actions).toBeGreaterThan(80);
    expect(average.emitted).toBeGreaterThan(5);
    expect(average.closed).toBeGreaterThan(0.1);
    for (const [what, count] of Object.entries(counts))
      if (what !== 'left') expect(count, `how many were ${what}`).toBeGreaterThan(0);
  },
);

test('a reply is lost in a stream made anew with smaller ids, and the group vanishes before the next subscription has looked', () => {
  const settled: Action[] = [{ do: 'run', times: 2 }, { do: 'execute' }, { do: 'answer' }, { do: 'run', times: 2 }];
  const made: Plan = { ...PLAN, group: { ...GROUP, renewEvery: undefined }, bufferSize: 1, refillAt: 0, timeout: 20 };
  const streams = { ...made, streams: [{ stream: 'a', start: undefined }], drainTimeout: 3_000, stallAfter: 2_000 };
  const walk = run(
    streams,
    { entries: 0, pending: undefined },
    [
      { do: 'add', stream: 'a', count: 1 },
      ...settled,
      { do: 'settle', index: 0, as: 'acked' },
      { do: 'swapped', stream: 'a' },
      { do: 'undecodable' },
      { do: 'advance', ms: 6_000 },
      { do: 'subscribe' },
      { do: 'run', times: 1 },
      { do: 'destroy', stream: 'a', how: 'group' },
    ],
    false,
  );
  expect([...walk.emitted]).toContain('a 999-2');
});

test('a reply is lost in a stream that somebody else made anew, and the next one shows that its ids are smaller', () => {
  const made: Plan = { ...PLAN, group: { ...GROUP, renewEvery: undefined }, bufferSize: 1, refillAt: 0, timeout: 1_000 };
  const outage = { do: 'outage', late: 0 } as const;
  const once = { do: 'run', times: 1 } as const;
  const walk = run(
    { ...made, streams: [{ stream: 'a', start: undefined }], drainTimeout: 3_000, stallAfter: 2_000 },
    { entries: 0, pending: undefined },
    [
      ...[{ do: 'swapped', stream: 'a' } as const, { do: 'run', times: 2 } as const, { do: 'execute' } as const],
      { do: 'destroy', stream: 'a', how: 'key-anew-by-other' },
      ...[once, { do: 'settle-all' } as const, outage, { do: 'advance', ms: 200 } as const],
      ...[{ do: 'run', times: 2 } as const, { do: 'execute' } as const, { do: 'add', stream: 'a', count: 2 } as const],
      ...[once, once, outage],
    ],
    false,
  );
  expect([...walk.emitted]).toEqual(['a 1000-1', 'a 999-3', 'a 999-2']);
});

test('a stream is made anew with smaller ids between the two commands that make its group again', () => {
  const made: Plan = { ...PLAN, group: { ...GROUP, renewEvery: undefined }, bufferSize: 1, refillAt: 0, timeout: 20 };
  const walk = run(
    { ...made, streams: [{ stream: 'a', start: undefined }], drainTimeout: 3_000, stallAfter: 2_000 },
    { entries: 1, pending: 0 },
    [
      ...[{ do: 'run', times: 1 } as const, { do: 'pipeline', is: 'stop' } as const, { do: 'run', times: 2 } as const],
      ...[{ do: 'ack-send' } as const, { do: 'ack-land' } as const, { do: 'parted' } as const],
      { do: 'destroy', stream: 'a', how: 'group' },
      { do: 'subscribe' },
      { do: 'run', times: 3 },
      { do: 'destroy', stream: 'a', how: 'key-anew' },
      { do: 'add', stream: 'a', count: 1 },
    ],
    false,
  );
  expect([...walk.emitted].at(-1)).toMatch(/^a 999-/);
});

test(
  'whatever a pull consumer is asked for, streams that are added are joined, with what was left in them',
  { timeout: 120_000 },
  () => {
    const { average } = walks(1_000, pullPlan, pullAction);
    expect(average.emitted).toBeGreaterThan(5);
    expect(average.added).toBeGreaterThan(0.1);
  },
);

test(
  'whatever lists of streams come, those that leave are worked off first, and leave; those that join are read',
  { timeout: 120_000 },
  () => {
    const { average, counts } = walks(1_000, listPlan, listAction);
    expect(average.emitted).toBeGreaterThan(5);
    expect(counts['left']).toBeGreaterThan(500);
  },
);

test('what was found in a stream made anew with smaller ids, and nacked, does not come again when another reply is lost', () => {
  const small: Plan = { ...PLAN, group: { ...GROUP, renewEvery: undefined }, bufferSize: 1, refillAt: 0, timeout: 20 };
  const walk = run(
    { ...small, streams: [{ stream: 'a', start: undefined }], drainTimeout: 3_000, stallAfter: 2_000 },
    { entries: 0, pending: undefined },
    [
      { do: 'run', times: 2 },
      { do: 'execute' },
      { do: 'add', stream: 'a', count: 1 },
      { do: 'answer' },
      { do: 'run', times: 2 },
      { do: 'settle', index: 0, as: 'acked' },
      { do: 'swapped', stream: 'a' },
      { do: 'advance', ms: 1_000 },
      { do: 'run', times: 5 },
      { do: 'outage', late: 0 },
      { do: 'settle', index: 0, as: 'nacked' },
    ],
    false,
  );
  expect([...walk.emitted]).toContain('a 999-2');
});
