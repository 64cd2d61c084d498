import { ackAfter, backlogFirst } from 'rxjs-redis-streams';
import { createMarbles } from 'rxjs-redis-streams/testing';
import { expect, test } from 'vitest';

const marbles = createMarbles((actual, expected) => expect(actual).toEqual(expected));

test('what was left unfinished comes before anything fresh', () => {
  marbles.run(({ group, expectObservable, expectSettled }) => {
    const source = group({
      backlog: 'abc|', //     pending when it all begins
      deleted: 'b', //        trimmed since: nobody can work on it any more
      live: '   x-----y', //  x is there at the subscription too
    });
    const work = source.pipe(
      backlogFirst(),
      ackAfter(({ value, origin, attempt }) => `${value} ${origin} ${attempt}`),
    );

    expectSettled(source).toBe('(acx)-y');
    expectObservable(work).toBe('(acx)-y', {
      a: 'a backlog 2',
      c: 'c backlog 2',
      x: 'x fresh 1',
      y: 'y fresh 1',
    });
  });
});
