import { map, timer } from 'rxjs';
import { ackAfter } from 'rxjs-redis-streams';
import { createMarbles } from 'rxjs-redis-streams/testing';
import { expect, test } from 'vitest';

const marbles = createMarbles((actual, expected) => expect(actual).toEqual(expected));

test('two at once: what is done first is acked first', () => {
  marbles.run(({ deliveries, expectObservable, expectSettled }) => {
    const frames: Record<string, number> = { a: 6, b: 2, c: 1 };
    const source = deliveries('-abc----|');
    const work = source.pipe(ackAfter(({ value }) => timer(frames[value] ?? 0).pipe(map(() => value)), { concurrency: 2 }));

    expectSettled(source).toBe('  ----bc-a'); // c waits for a place, a takes its time
    expectObservable(work).toBe('----bc-a|');
  });
});
