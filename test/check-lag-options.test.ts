import { Redis } from 'ioredis';
import { asyncScheduler } from 'rxjs';
import { afterAll, describe, expect, test } from 'vitest';
import { planLag } from '../src/check-lag-options.js';
import { groupLag } from '../src/index.js';

const redis = new Redis({ lazyConnect: true });
afterAll(() => {
  // Whatever was checked: nothing was sent, not even a connection was opened.
  expect(redis.status).toBe('wait');
  redis.disconnect();
});

type Wrong = [option: string, value: unknown, kind: typeof TypeError | typeof RangeError, quoted: string, allowed: string];

describe('groupLag refuses at the call', () => {
  test.each<Wrong>([
    ['streams', undefined, TypeError, 'undefined', 'a key'],
    ['streams', [], RangeError, '[]', 'at least one'],
    ['streams', ['a', 'a'], RangeError, '"a"', 'differ'],
    ['group', undefined, TypeError, 'undefined', 'a string'],
    ['group', '', RangeError, '""', 'not empty'],
    ['every', 0, RangeError, '0', 'a whole number from 1'],
    ['every', -5, RangeError, '-5', 'from 1'],
    ['every', 2.5, RangeError, '2.5', 'a whole number'],
    ['every', NaN, RangeError, 'NaN', 'a whole number'],
    ['every', 2 ** 31, RangeError, '2147483648', 'to 2147483647'],
    ['every', '5', TypeError, '"5"', 'a whole number'],
    ['every', null, TypeError, 'null', 'a whole number'],
    ['scheduler', 'async', TypeError, '"async"', 'a scheduler of RxJS'],
    ['notify', {}, TypeError, 'an object', 'a function'],
  ])('%s: %s', (option, value, kind, quoted, allowed) => {
    let thrown: unknown;
    try {
      void groupLag(redis, { streams: 's', group: 'g', [option]: value });
    } catch (error) {
      thrown = error;
    }
    expect(thrown).toBeInstanceOf(kind);
    for (const part of [option, quoted, allowed]) expect((thrown as Error).message).toContain(part);
  });

  test('no options, and what is no client', () => {
    expect(() => groupLag(redis, undefined as never)).toThrow(/options is undefined.*groupLag/);
    expect(() => groupLag({} as never, { streams: 's', group: 'g' })).toThrow(TypeError);
  });
});

test('defaults, and every way to name streams', () => {
  const plan = { streams: ['s'], group: 'g', every: 5_000, scheduler: undefined, notify: undefined };
  expect(planLag({ streams: 's', group: 'g' })).toEqual(plan);
  expect(planLag({ streams: ['s', 't'], group: 'g' }).streams).toEqual(['s', 't']);
  expect(planLag({ streams: { s: '0', t: '$' }, group: 'g' }).streams).toEqual(['s', 't']);
  const notify = (): void => undefined;
  const given = { every: 1, scheduler: asyncScheduler, notify };
  expect(planLag({ streams: 's', group: 'g', ...given })).toEqual({ ...plan, ...given });
});
