import { Redis } from 'ioredis';
import { afterAll, expect, test } from 'vitest';
import { replayDeadLetters } from '../src/index.js';

const redis = new Redis({ lazyConnect: true });
afterAll(() => {
  // Whatever was checked: nothing was sent, not even a connection was opened.
  expect(redis.status).toBe('wait');
  redis.disconnect();
});

test.each<[option: string, value: unknown, kind: typeof TypeError | typeof RangeError, quoted: string, allowed: string]>([
  ['from', undefined, TypeError, 'undefined', 'a string'],
  ['from', '', RangeError, '""', 'not empty'],
  ['from', ['a'], TypeError, 'an array', 'a string'],
  ['to', '', RangeError, '""', 'not empty'],
  ['to', 'dead', RangeError, '"dead"', 'another stream than from'],
  ['dryRun', 'no', TypeError, '"no"', 'true or false'],
  ['dryRun', null, TypeError, 'null', 'true or false'],
])('%s: %s', (option, value, kind, quoted, allowed) => {
  let thrown: unknown;
  try {
    void replayDeadLetters(redis, { from: 'dead', [option]: value });
  } catch (error) {
    thrown = error;
  }
  expect(thrown).toBeInstanceOf(kind);
  for (const part of [option, quoted, allowed]) expect((thrown as Error).message).toContain(part);
});

test('no options, and what is no client', () => {
  expect(() => replayDeadLetters(redis, undefined as never)).toThrow(/options is undefined.*replayDeadLetters/);
  expect(() => replayDeadLetters({} as never, { from: 'dead' })).toThrow(TypeError);
});
