import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import type { Window } from '../../src/streams/events.js';
import { credit, room } from '../../src/streams/credit.js';
import { initial } from '../../src/streams/state.js';
import type { Plan } from '../../src/plan.js';
import { EMPTY, IN_GROUP } from './script.js';

function ask(
  window: Partial<Window>,
  { plan = {}, streams = 1, quiet = false }: { plan?: Partial<Plan>; streams?: number; quiet?: boolean } = {},
) {
  const state = {
    ...initial({ ...IN_GROUP, bufferSize: 100, refillAt: 50, ...plan }, undefined),
    window: { ...EMPTY, ...window },
  };
  return credit(state, { streams, quiet });
}

describe('in a window of 100 that is filled again at 50', () => {
  test.each<[string, Partial<Window>, { streams?: number; quiet?: boolean }, ReturnType<typeof ask>]>([
    ['empty', {}, {}, { say: 'read', count: 100 }],
    ['at refillAt', { held: 50 }, {}, { say: 'read', count: 50 }],
    ['above refillAt, with more to come', { held: 51 }, {}, { say: 'quiet' }],
    ['above refillAt, and quiet', { held: 51 }, { quiet: true }, { say: 'read', count: 49 }],
    ['full', { held: 100 }, { quiet: true }, { say: 'full' }],
    ['above full, by streams − 1', { held: 102 }, { quiet: true }, { say: 'full' }],
    ['acks on their way take up no room', { held: 40, unconfirmed: 60 }, {}, { say: 'read', count: 60 }],
    ['until both together would pass twice the window', { held: 50, unconfirmed: 100 }, {}, { say: 'read', count: 50 }],
    ['too many acks on their way', { unconfirmed: 101 }, { quiet: true }, { say: 'full' }],
    ['shared by three streams', { held: 50 }, { streams: 3 }, { say: 'read', count: 16 }],
    [
      'one place for three streams: COUNT 0 would mean unlimited',
      { held: 99 },
      { streams: 3, quiet: true },
      { say: 'read', count: 1 },
    ],
  ])('%s', (_, window, options, said) => {
    expect(ask(window, options)).toEqual(said);
  });
});

describe('on demand', () => {
  const pull = (bufferSize: number): Partial<Plan> => ({ demand: 'pull', bufferSize });

  test('nothing is read before somebody asks', () => {
    expect(ask({}, { plan: pull(0) })).toEqual({ say: 'full' });
  });

  test('a request fetches one, and bufferSize beyond it, however much is held', () => {
    const wanted = { ...initial({ ...IN_GROUP, ...pull(9) }, undefined), wanted: true, window: { ...EMPTY, held: 500 } };
    expect(credit(wanted, { streams: 3, quiet: false })).toEqual({ say: 'read', count: 10 });
    expect(credit({ ...wanted, window: { ...EMPTY, unconfirmed: 1_000 } }, { streams: 1, quiet: false })).toEqual({
      say: 'full',
    });
  });
});

test('what is asked for keeps the bounds: held ≤ bufferSize + streams − 1, and with acks ≤ twice bufferSize + streams − 1', () => {
  const numbers = fc.record({
    bufferSize: fc.integer({ min: 1, max: 50 }),
    held: fc.nat({ max: 60 }),
    unconfirmed: fc.nat({ max: 110 }),
    streams: fc.integer({ min: 1, max: 5 }),
    quiet: fc.boolean(),
  });
  fc.assert(
    fc.property(numbers, ({ bufferSize, held, unconfirmed, streams, quiet }) => {
      const plan = { bufferSize, refillAt: Math.floor(bufferSize / 2) };
      const said = ask({ held, unconfirmed }, { plan, streams, quiet });
      if (said.say !== 'read') return;
      expect(said.count).toBeGreaterThanOrEqual(1);
      expect(held + said.count * streams).toBeLessThanOrEqual(bufferSize + streams - 1);
      expect(held + unconfirmed + said.count * streams).toBeLessThanOrEqual(2 * bufferSize + streams - 1);
    }),
    { numRuns: 1_000 },
  );
});

test('refillAt may delay a refill and never prevent one: where there is room, quiet always reads', () => {
  fc.assert(
    fc.property(fc.integer({ min: 1, max: 50 }), fc.nat({ max: 50 }), fc.nat({ max: 100 }), (bufferSize, held, unconfirmed) => {
      const plan = { ...IN_GROUP, bufferSize, refillAt: 0 };
      const state = { ...initial(plan, undefined), window: { ...EMPTY, held, unconfirmed } };
      expect(credit(state, { streams: 2, quiet: true }).say).toBe(room(state) > 0 ? 'read' : 'full');
    }),
  );
});
