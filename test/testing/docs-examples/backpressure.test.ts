import { map, timer } from 'rxjs';
import { ackAfter, bufferRefill } from 'rxjs-redis-streams';
import { createMarbles } from 'rxjs-redis-streams/testing';
import { expect, test } from 'vitest';

const marbles = createMarbles((actual, expected) => expect(actual).toEqual(expected));

test('slow work slows the reads', () => {
  marbles.run(({ group, expectObservable, expectReads }) => {
    const source = group({ live: '(abcdefgh)' }).pipe(bufferRefill({ size: 4, refillAt: 2 }));
    const work = source.pipe(ackAfter(({ value }) => timer(5).pipe(map(() => value))));

    expectReads(source).toBe('     4---------2---------2---------2'); // the COUNT of each read
    expectObservable(work).toBe('  -----a----b----c----d----e----f');
  });
});
