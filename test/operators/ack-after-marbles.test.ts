import { map, mergeMap, take, timer } from 'rxjs';
import { ackAfter, ackUnless, type Delivery } from 'rxjs-redis-streams';
import { expect, it } from 'vitest';
import { marbles, takes } from '../support/marbles.js';

/** Each takes three frames. */
const work = takes(3);

it('one after another', () => {
  marbles.run(({ deliveries, expectObservable, expectSettled }) => {
    const source = deliveries('-ab---c--|');
    expectSettled(source).toBe('                   ----a--b--c');
    expectObservable(source.pipe(ackAfter(work))).toBe('----a--b--(c|)');
  });
});

it('side by side', () => {
  marbles.run(({ deliveries, expectObservable, expectSettled }) => {
    const source = deliveries('-abc---|');
    expectSettled(source).toBe('                                       ----ab-c');
    expectObservable(source.pipe(ackAfter(work, { concurrency: 2 }))).toBe('----ab-(c|)');
  });
});

it('keys: equal ones wait, others pass', () => {
  marbles.run(({ deliveries, expectObservable, expectSettled }) => {
    const source = deliveries('-abc---|');
    const key = ({ value }: Delivery<string>): boolean => value < 'c';
    expectSettled(source).toBe('                                            ----a-cb');
    expectObservable(source.pipe(ackAfter(work, { concurrency: 2, key }))).toBe('----a-c(b|)');
  });
});

it('a failing project stops: what runs ends first', () => {
  marbles.run(({ deliveries, expectObservable, expectSettled }) => {
    const source = deliveries('-abcd---');
    const failing = (entry: Delivery<string>) =>
      timer(entry.value === 'a' ? 3 : 8).pipe(
        map(() => {
          if (entry.value === 'a') throw 'no';
          return entry.value;
        }),
      );
    expectSettled(source).toBe('----(xyz)-b', { x: 'leave a', y: 'release c', z: 'release d' });
    expectObservable(source.pipe(ackAfter(failing, { concurrency: 2 }))).toBe('----------(b#)', undefined, 'no');
  });
});

it.each([
  ['nack', 'nacked'],
  ['reject', 'rejected'],
] as const)('onError: %s goes on at once', (onError, as) => {
  marbles.run(({ deliveries, expectObservable, expectSettled, settlements, cold }) => {
    const source = deliveries('-ab--|', undefined, undefined, { deadLetter: true });
    const project = ({ value }: Delivery<string>) => (value === 'a' ? cold('--#', undefined, 'no') : cold('--(x|)'));
    expectObservable(source.pipe(ackAfter(project, { onError }))).toBe('-----(x|)');
    expectSettled(source).toBe('---n-b', { n: `${onError} a` });
    expect(settlements(source)[0]).toMatchObject({ as, ...(as === 'rejected' && { reason: 'no' }) });
  });
});

it('unsubscribed: reading and work end in that frame', () => {
  marbles.run(({ deliveries, expectObservable, expectSubscriptions, expectSettled, cold }) => {
    const source = deliveries('-ab-----');
    const running = cold('-----------x');
    expectObservable(source.pipe(ackAfter(() => running)), '^---!').toBe('-----');
    expectSubscriptions(running.subscriptions).toBe('-^--!');
    expectSettled(source).toBe('----(rl)', { r: 'release b', l: 'leave a' });
  });
});

it('take: an Observable that completes in the same frame and call stack is acked, a longer one is cancelled in that frame', () => {
  marbles.run(({ deliveries, expectObservable, cold, expectSubscriptions, expectSettled }) => {
    const source = deliveries('-a');
    expectObservable(source.pipe(ackAfter(work), take(1))).toBe('----(a|)');
    expectSettled(source).toBe('----a');

    const other = deliveries('-b');
    const longer = cold('--x--y|');
    expectObservable(
      other.pipe(
        ackAfter(() => longer),
        take(1),
      ),
    ).toBe('---(x|)');
    expectSubscriptions(longer.subscriptions).toBe('-^-!');
    expectSettled(other).toBe('---l', { l: 'leave b' });
  });
});

it('gives what mergeMap gives, in the same frames', () => {
  marbles.run(
    ({ deliveries, expectObservable }) => {
      for (const concurrency of [1, 2, Infinity]) {
        const plain = deliveries('-ab-c---d|').pipe(mergeMap(work, concurrency));
        expectObservable(deliveries('-ab-c---d|').pipe(ackAfter(work, { concurrency }))).toEqual(plain);
      }
    },
    { horizon: 20 },
  );
});

it('ackUnless() acks what it drops, in the frame in which it comes', () => {
  marbles.run(({ deliveries, expectObservable, expectSettled, pending }) => {
    const source = deliveries('-a-b-c-|');
    const vowels = source.pipe(ackUnless(({ value }) => value === 'a'));
    expectObservable(vowels.pipe(map(({ value }) => value))).toBe('-a-----|');
    expectSettled(source).toBe('---b-c');
    expect(pending(source)).toEqual(['a']);
  });
});
