import { describe, expect, test } from 'vitest';
import { exponentialDelay } from '../src/exponential-delay.js';

const ATTEMPTS = [1, 2, 3, 4, 7, 8, 100, 2 ** 40];

describe('exponentialDelay', () => {
  test.each<[object, number[]]>([
    [{ jitter: 0 }, [1_000, 2_000, 4_000, 8_000, 60_000, 60_000, 60_000, 60_000]],
    [{ first: 10, most: 70, jitter: 0 }, [10, 20, 40, 70, 70, 70, 70, 70]],
    [{ first: 5, most: 5, jitter: 0 }, [5, 5, 5, 5, 5, 5, 5, 5]],
    [{ first: 0, most: 5 }, [0, 0, 0, 0, 0, 0, 0, 0]],
  ])('%j doubles with every delivery, up to the bound', (options, delays) => {
    const delay = exponentialDelay(options);
    expect(ATTEMPTS.map((attempt) => delay(attempt, 0))).toEqual(delays);
    expect(ATTEMPTS.map((attempt) => delay(attempt))).toEqual(delays);
  });

  test.each([
    [0.5, [4_000, 3_000, 2_000]],
    [0, [4_000, 4_000, 4_000]],
    [1, [4_000, 2_000, 0]],
    [0.1, [4_000, 3_800, 3_600]],
  ])('a jitter of %j takes off that part at most, as chance will have it', (jitter, delays) => {
    const delay = exponentialDelay({ jitter });
    expect([0, 0.5, 1].map((dice) => delay(3, dice))).toEqual(delays);
  });

  test('always whole ms, at least 0, and half of the wait at least by default', () => {
    const delay = exponentialDelay({ first: 3, most: 999 });
    for (const attempt of ATTEMPTS) {
      for (const dice of [0, 0.123, 0.456, 0.999_999]) {
        const ms = delay(attempt, dice);
        expect([Number.isSafeInteger(ms), ms >= 0, ms >= Math.floor(delay(attempt, 0) / 2)]).toEqual([true, true, true]);
      }
    }
  });

  test('an attempt that is none counts as the first', () => {
    const delay = exponentialDelay({ jitter: 0 });
    expect([0, -5].map((attempt) => delay(attempt))).toEqual([1_000, 1_000]);
  });
});
