import { map, timer } from 'rxjs';
import { ackAfter } from 'rxjs-redis-streams';
import { createMarbles } from 'rxjs-redis-streams/testing';
import { expect, test } from 'vitest';

const marbles = createMarbles((actual, expected) => expect(actual).toEqual(expected));

test('a signal: what was fetched is worked off and acked, then it completes', () => {
  marbles.run(({ group, signal, expectObservable, expectSettled, expectReads, pending }) => {
    const source = group({
      live: '           -(ab)-----c', // c comes too late
      options: { signal: signal('----|') },
    });
    const work = source.pipe(ackAfter(({ value }) => timer(4).pipe(map(() => value))));

    expectReads(source).toBe('  rs', { r: 100, s: 98 }); // and no more of them
    expectSettled(source).toBe('-----a---b');
    expectObservable(work).toBe('-----a---(b|)');
    expect(pending(source)).toEqual([]);
  });
});
