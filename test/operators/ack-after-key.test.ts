import { from, of } from 'rxjs';
import { describe, expect, it } from 'vitest';
import type { Delivery } from '../../src/entry.js';
import { ackAfter } from '../../src/operators/ack-after.js';
import { FakeSession, watch, type FakeDelivery } from '../support/fake-delivery.js';
import { marbles, takes } from '../support/marbles.js';
import { timedWork } from '../support/timed-work.js';

describe('key', () => {
  /** Vowels have one key, every other letter one of its own. */
  const vowels = ({ value }: Delivery<string>): string => (/[aeiou]/.test(value) ? 'vowel' : value);

  it('equal keys run one after another, others pass', () => {
    marbles.run(({ deliveries, expectObservable, expectSettled, pending, now }) => {
      const { began, work } = timedWork(now, { a: 5, e: 2, x: 1, y: 9, i: 1 });
      const source = deliveries('(aexyi)--------');
      expectObservable(source.pipe(ackAfter(work, { concurrency: 3, key: vowels }))).toBe('-x---a-eiy');
      expectSettled(source).toBe('-x---a-eiy');
      expect(pending()).toEqual([]);
      expect(began).toEqual(['a 0', 'x 0', 'y 0', 'e 5', 'i 7']);
    });
  });

  it('a key that waits blocks no other, however long its line', () => {
    marbles.run(({ deliveries, expectObservable, expectSettled, flush, now }) => {
      const { began, work } = timedWork(now, { a: 50, x: 1 });
      const source = deliveries('(aeioueioueioux)');
      expectObservable(source.pipe(ackAfter(work, { concurrency: 2, key: vowels }))).toBe('-x--------');
      expectSettled(source).toBe('-x--------');
      flush();
      expect(began).toEqual(['a 0', 'x 0']);
    });
  });

  it('at concurrency 1 it is stream order', () => {
    marbles.run(({ deliveries, expectObservable, expectSettled }) => {
      const source = deliveries('(aexiy)-----|');
      expectObservable(source.pipe(ackAfter(takes(2), { key: vowels }))).toBe('--a-e-x-i-y-|');
      expectSettled(source).toBe('--a-e-x-i-y');
    });
  });

  it('what came out of a line is older than what nobody has looked at', () => {
    marbles.run(({ deliveries, expectObservable, flush, now }) => {
      const { began, work } = timedWork(now, { a: 2, e: 9, x: 9, y: 9 });
      expectObservable(deliveries('(aexy)').pipe(ackAfter(work, { concurrency: 2, key: vowels }))).toBe('--a---');
      flush();
      expect(began).toEqual(['a 0', 'x 0', 'e 2']);
    });
  });

  it('undefined is a key like any other', () => {
    marbles.run(({ deliveries, expectObservable, expectSettled }) => {
      const source = deliveries('(ab)-|');
      expectObservable(source.pipe(ackAfter(takes(2), { concurrency: 2, key: () => undefined }))).toBe('--a-b|');
      expectSettled(source).toBe('--a-b');
    });
  });

  it('a key is for an array as a whole', () => {
    const session = new FakeSession();
    const keys: number[] = [];
    watch(
      of(session.deliveries(2), session.deliveries(3)).pipe(ackAfter(() => 1, { key: (entries) => keys.push(entries.length) })),
    );
    expect(keys).toEqual([2, 3]);
  });

  it('a key that throws counts as its project failing', () => {
    const session = new FakeSession();
    const key = ({ id }: FakeDelivery): string => {
      if (id === '2') throw new Error('no key');
      return id;
    };
    const { seen } = watch(from(session.deliveries(3)).pipe(ackAfter(({ id }) => id, { key, onError: 'nack' })));
    expect([seen, session.settled]).toEqual([
      ['1', '3', 'complete'],
      ['acked 1', 'nacked 2', 'acked 3'],
    ]);
  });
});
