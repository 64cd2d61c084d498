import fc from 'fast-check';
import { expect, test } from 'vitest';
import { backoff } from '../src/backoff.js';

test('doubles from 50 ms up to 5 s', () => {
  const delays = [1, 2, 3, 4, 5, 6, 7, 8, 9].map((attempt) => backoff(attempt, 1));
  expect(delays).toEqual([50, 100, 200, 400, 800, 1_600, 3_200, 5_000, 5_000]);
});

test('the upper half is jitter', () => {
  expect([0, 0.5, 1].map((dice) => backoff(3, dice))).toEqual([100, 150, 200]);
});

test('is a whole number from 25 ms to 5 s, however often it was tried', () => {
  fc.assert(
    fc.property(fc.integer({ min: 1, max: 2 ** 31 }), fc.double({ min: 0, max: 1, noNaN: true }), (attempt, dice) => {
      const delay = backoff(attempt, dice);
      expect(Number.isInteger(delay) && delay >= 25 && delay <= 5_000).toBe(true);
    }),
  );
});
