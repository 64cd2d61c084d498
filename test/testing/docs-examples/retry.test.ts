import { map, retry, timer } from 'rxjs';
import { ackAfter } from 'rxjs-redis-streams';
import { createMarbles } from 'rxjs-redis-streams/testing';
import { expect, test } from 'vitest';

const marbles = createMarbles((actual, expected) => expect(actual).toEqual(expected));

test('retry: the next subscription takes over what the failed one left', () => {
  marbles.run(({ group, expectObservable, expectSettled, pendingList }) => {
    const source = group({ live: '-(abc)-----------------' });
    const work = source.pipe(
      ackAfter(({ value, origin, attempt }) =>
        timer(5).pipe(
          map(() => {
            if (value === 'b' && attempt === 1) throw new Error('not today');
            return `${value}: ${origin}, delivery ${attempt}`;
          }),
        ),
      ),
      retry(),
    );

    expectSettled(source).toBe('------a----(xy)-b----c', {
      x: 'leave b',
      y: 'release c', // not begun: its delivery does not count
    });
    expectObservable(work).toBe('  ------a---------b----c', {
      a: 'a: fresh, delivery 1',
      b: 'b: recovered, delivery 2',
      c: 'c: recovered, delivery 1',
    });
    expect(pendingList(source)).toEqual([]);
  });
});
