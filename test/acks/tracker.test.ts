import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { emit, hold, newTracker, position, settle, type Tracker } from '../../src/acks/tracker.js';

/** The same by brute force: everything that was ever emitted, and what became of it. */
class Model {
  readonly entries: { readonly id: string; state: 'open' | 'settled' | 'held' }[] = [];

  /** The highest place with nothing unsettled up to it. */
  get position(): { id: string; n: number } {
    const stands = this.entries.findIndex(({ state }) => state !== 'settled');
    const n = stands < 0 ? this.entries.length : stands;
    return { id: this.entries[n - 1]?.id ?? '5-0', n };
  }

  /** Entries that somebody may still settle, and that matter to the position. */
  get open(): string[] {
    const held = this.entries.findIndex(({ state }) => state === 'held');
    const below = held < 0 ? this.entries : this.entries.slice(0, held);
    return below.filter(({ state }) => state === 'open').map(({ id }) => id);
  }
}

const idOf = (i: number): string => `${6 + Math.floor(i / 3)}-${i % 3}`;

/** A subscription: what is emitted while what is settled or given up, in any order. */
const moves = fc.array(
  fc.oneof(
    { weight: 5, arbitrary: fc.record({ do: fc.constant('emit' as const), which: fc.constant(0) }) },
    { weight: 5, arbitrary: fc.record({ do: fc.constant('settle' as const), which: fc.nat(20) }) },
    { weight: 1, arbitrary: fc.record({ do: fc.constant('hold' as const), which: fc.nat(20) }) },
  ),
  { maxLength: 120 },
);

function play(
  steps: readonly { do: 'emit' | 'settle' | 'hold'; which: number }[],
  look: (tracker: Tracker, model: Model) => void,
) {
  const tracker = newTracker('5-0');
  const model = new Model();
  for (const { do: what, which } of steps) {
    if (what === 'emit') {
      const id = idOf(model.entries.length);
      model.entries.push({ id, state: 'open' });
      emit(tracker, id);
    } else {
      const open = model.entries.filter(({ state }) => state === 'open');
      const entry = open[which % Math.max(1, open.length)];
      if (entry === undefined) continue;
      entry.state = what === 'settle' ? 'settled' : 'held';
      if (what === 'settle') settle(tracker, entry.id);
      else hold(tracker, entry.id);
    }
    look(tracker, model);
  }
}

describe('laws', () => {
  test('the position is the highest place with nothing unsettled up to it, in whatever order entries are settled', () => {
    fc.assert(fc.property(moves, (steps) => play(steps, (tracker, model) => expect(position(tracker)).toEqual(model.position))));
  });

  test('it never moves back', () => {
    fc.assert(
      fc.property(moves, (steps) => {
        let before = 0;
        play(steps, (tracker) => {
          expect(position(tracker).n).toBeGreaterThanOrEqual(before);
          before = position(tracker).n;
        });
      }),
    );
  });

  test('it remembers what is open and one that is held, and nothing of what was settled', () => {
    fc.assert(
      fc.property(moves, (steps) =>
        play(steps, (tracker, model) => {
          const held = tracker.held === undefined ? [] : [tracker.held];
          expect([...tracker.open.keys()]).toEqual([...model.open, ...held]);
        }),
      ),
    );
  });

  test('settling twice, settling what is held, and what was never emitted, change nothing', () => {
    fc.assert(
      fc.property(moves, (steps) =>
        play(steps, (tracker, model) => {
          const before = position(tracker);
          for (const { id, state } of model.entries) if (state !== 'open') settle(tracker, id);
          settle(tracker, '99-0');
          hold(tracker, '99-0');
          expect(position(tracker)).toEqual(before);
        }),
      ),
    );
  });
});

test('one entry that takes long, while 100,000 above it are settled: three are remembered, and then the position is at the end', () => {
  const tracker = newTracker('0-0');
  let most = 0;
  emit(tracker, '1-0');
  for (let i = 2; i <= 100_000; i++) {
    emit(tracker, `${i}-0`);
    if (i > 3) settle(tracker, `${i - 1}-0`);
    most = Math.max(most, tracker.open.size);
  }
  expect(most).toBe(3);
  expect(position(tracker)).toEqual({ id: '0-0', n: 0 });
  settle(tracker, '1-0');
  settle(tracker, '2-0');
  expect(position(tracker)).toEqual({ id: '99999-0', n: 99_999 });
});

test('above a held entry nothing is remembered any more, and what is below still counts', () => {
  const tracker = newTracker('0-0');
  for (const id of ['1-0', '2-0', '3-0']) emit(tracker, id);
  expect(hold(tracker, '2-0')).toBe(true);
  for (let i = 4; i <= 1_000; i++) {
    emit(tracker, `${i}-0`);
    settle(tracker, `${i}-0`);
  }
  expect(tracker.open.size).toBe(2);
  settle(tracker, '1-0');
  expect(position(tracker)).toEqual({ id: '1-0', n: 1 });
});

test('hold() tells whether it is now this entry that holds the position', () => {
  const tracker = newTracker('0-0');
  for (const id of ['1-0', '2-0', '3-0']) emit(tracker, id);
  expect(['2-0', '3-0', '1-0', '2-0'].map((id) => hold(tracker, id))).toEqual([true, false, true, false]);
});
