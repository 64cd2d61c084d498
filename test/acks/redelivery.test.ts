import { describe, expect, test } from 'vitest';
import { delayOf } from '../../src/acks/redelivery.js';
import type { RedeliverPlan } from '../../src/plan.js';
import { REDELIVER } from '../streams/script.js';

type Delay = RedeliverPlan['delay'];

const wait = (delay: Delay, { attempt = 1, asked, dice = 0 }: { attempt?: number; asked?: unknown; dice?: number } = {}) =>
  delayOf({ attempt }, { redeliver: { ...REDELIVER, delay }, asked: asked as number | undefined, dice: () => dice });

describe('how long a nacked entry waits', () => {
  test.each<[string, Delay, Parameters<typeof wait>[1], number]>([
    ['as the plan says', () => 100, {}, 100],
    ['after so many deliveries', (attempt) => 100 * attempt, { attempt: 4 }, 400],
    ['with the chance that is handed in', (_, dice) => 1_000 * dice, { dice: 0.25 }, 250],
    ['not at all', () => 0, {}, 0],
    ['as nack() says, whatever the plan says', () => 100, { asked: 7 }, 7],
    ['and 0 is such a word', () => 100, { asked: 0 }, 0],
  ])('%s', (_, delay, how, ms) => {
    expect(wait(delay, how)).toBe(ms);
  });

  test('as nack() says, and the plan is not even asked', () => {
    const refuses = () => {
      throw new Error('asked');
    };
    expect(wait(refuses, { asked: 7 })).toBe(7);
  });

  test('for ever, where nobody delivers it again; a delay is an error there, that says what is missing', () => {
    const nowhere = { redeliver: undefined, dice: () => 0 };
    expect(delayOf({ attempt: 1 }, { ...nowhere, asked: undefined })).toBeUndefined();
    const asked = () => delayOf({ attempt: 1 }, { ...nowhere, asked: 20 });
    expect(asked).toThrow(RangeError);
    expect(asked).toThrow('delay is 20, but must be left out, because nobody delivers the entry again: add redeliver()');
  });
});

describe('a wrong delay is quoted, with the delivery that it was asked for', () => {
  // Right for the first delivery, which is all that can be known when the source is made.
  const later = (value: unknown) => ((attempt) => (attempt === 1 ? 100 : value)) as Delay;

  test.each<[unknown, typeof Error, string]>([
    [NaN, RangeError, 'NaN'],
    [-1, RangeError, '-1'],
    [0.5, RangeError, '0.5'],
    [Infinity, RangeError, 'Infinity'],
    [2 ** 31, RangeError, '2147483648'],
    [undefined, TypeError, 'undefined'],
    ['5s', TypeError, '"5s"'],
  ])('%s', (value, kind, quoted) => {
    const allowed = 'but must be a whole number from 0 to 2147483647';
    expect(wait(later(value))).toBe(100);
    const third = () => wait(later(value), { attempt: 3 });
    expect(third).toThrow(kind);
    expect(third).toThrow(`redeliver.delay(3) is ${quoted}, ${allowed}`);
    if (value === undefined) return;
    const asked = () => wait(() => 100, { asked: value });
    expect(asked).toThrow(kind);
    expect(asked).toThrow(`delay is ${quoted}, ${allowed}`);
  });
});
