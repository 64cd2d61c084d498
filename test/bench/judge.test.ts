import { expect, test } from 'vitest';
import type { Asked } from '../../bench/harness/ask.js';
import { judge, share, verdicts } from '../../bench/harness/judge.js';
import type { Judged } from '../../bench/harness/question.js';

const verdictOf = (judged: Judged): unknown => {
  const asked: Asked = { name: 'speed', asks: '?', rows: [], bars: [judged], taken: '', seconds: 1, load: 2 };
  return verdicts([asked])[0]?.[''];
};

test('the figure is the median of the rounds, in whatever order they came', () => {
  expect(judge('a', { atLeast: 2 }, [9, 1, 3]).is).toBe(3);
});

test.each([
  [{ atLeast: 2 }, 2, 1, 'met, by 0 %'],
  [{ atLeast: 2 }, 3, 1.5, 'met, by 50 %'],
  [{ atLeast: 2 }, 1.99, 0.995, 'MISSED, by 1 %'],
  [{ atLeast: 25 }, 20, 0.8, 'MISSED, by 20 %'],
  [{ atMost: 1.2 }, 1.2, 1, 'met, by 0 %'],
  [{ atMost: 1.2 }, 0.6, 2, 'met, by 100 %'],
  [{ atMost: 0.6 }, 0.75, 0.8, 'MISSED, by 20 %'],
])('%o, and it is %d: share %d, %s', (bar, is, expected, verdict) => {
  const judged = judge('a', bar, [is]);
  expect(share(judged)).toBeCloseTo(expected);
  expect(verdictOf(judged)).toBe(verdict);
});

test('a figure just below its bar has missed it, however little that is', () => {
  expect(verdictOf(judge('a', { atLeast: 2 }, [1.9999]))).toBe('MISSED, by 0 %');
});

test('what could not be measured has missed its bar', () => {
  expect(share(judge('a', { atLeast: 2 }, []))).toBeNaN();
  expect(verdictOf(judge('a', { atLeast: 2 }, []))).toMatch(/^MISSED/);
});
