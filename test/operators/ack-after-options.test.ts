import { describe, expect, it } from 'vitest';
import { ackAfter } from '../../src/operators/ack-after.js';
import { ackUnless } from '../../src/operators/ack-unless.js';

const loosely = ackAfter as (project?: unknown, options?: unknown) => unknown;

describe('wrong arguments throw at the call and say what is allowed', () => {
  it.each([
    [{ concurrency: 0 }, RangeError, /concurrency is 0, .*whole number from 1, or Infinity/],
    [{ concurrency: -1 }, RangeError, /concurrency is -1/],
    [{ concurrency: 1.5 }, RangeError, /concurrency is 1.5/],
    [{ concurrency: NaN }, RangeError, /concurrency is NaN/],
    [{ concurrency: -Infinity }, RangeError, /concurrency is -Infinity/],
    [{ concurrency: '8' }, TypeError, /concurrency is "8"/],
    [{ concurrency: null }, TypeError, /concurrency is null/],
    [{ key: 'customer' }, TypeError, /key is "customer", .*function/],
    [{ onError: 'ignore' }, RangeError, /onError is "ignore", .*'throw' or 'nack' or 'reject'/],
    [{ onError: null }, RangeError, /onError is null/],
    [null, TypeError, /options is null/],
    [8, TypeError, /options is 8/],
  ])('%o', (options, kind, message) => {
    const call = () => loosely(() => 1, options);
    expect(call).toThrow(kind);
    expect(call).toThrow(message);
  });

  it.each([[{ concurrency: 2 }], ['work'], [null]])('%o as a project', (project) => {
    expect(() => loosely(project)).toThrow(/project is .*function/);
  });

  it('ackUnless without a predicate', () => {
    expect(() => (ackUnless as (predicate?: unknown) => unknown)()).toThrow(/predicate is undefined, .*function/);
  });

  it('takes every right one', () => {
    for (const options of [{}, { concurrency: 1 }, { concurrency: Infinity }, { key: () => 1 }, { onError: () => 'nack' }])
      expect(() => loosely(() => 1, options)).not.toThrow();
  });
});
