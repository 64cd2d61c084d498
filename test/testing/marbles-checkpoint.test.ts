import { expect, test } from 'vitest';
import { mergeMap, retry, throwError, timer } from 'rxjs';
import { createMarbles } from 'rxjs-redis-streams/testing';
import { ackAfter, type CheckpointStore, type Notice } from 'rxjs-redis-streams';

const marbles = createMarbles((actual, expected) => expect(actual).toEqual(expected));

test('a played source keeps its checkpoint over subscriptions: what failed comes again, and what was settled below it does not', () => {
  marbles.run(({ streams, expectObservable }) => {
    let failed = false;
    const source = streams({ history: 'ab', live: '----c', from: '0', options: { checkpoint: 'reports' } });
    const worked = source.pipe(
      ackAfter(({ value }) => {
        if (value !== 'b' || failed) return value;
        failed = true;
        return timer(2).pipe(mergeMap(() => throwError(() => new Error('not yet'))));
      }),
      retry(),
    );
    expectObservable(worked).toBe('a-b-c---');
  });
});

test('a store of one’s own is played as well', () => {
  const saved: string[] = [];
  const store: CheckpointStore = {
    load: () => ({ stream: '1-0' }),
    save: (positions) => saved.push(positions['stream'] ?? ''),
  };
  marbles.run(({ streams, expectObservable, expectSettled }) => {
    const source = streams({ history: 'ab', live: '--c', options: { checkpoint: store } });
    expectObservable(source.pipe(ackAfter(({ value }) => value))).toBe('b-c--');
    expectSettled(source).toBe('b-c');
  });
  expect(saved).toEqual(['2-0', '3-0']);
});

test('a gap is told', () => {
  const told: Notice[] = [];
  marbles.run(({ streams, expectObservable }) => {
    const source = streams({
      history: 'abc',
      deleted: '-ab',
      options: { checkpoint: { load: () => ({ stream: '1-0' }), save: () => true }, notify: (notice) => told.push(notice) },
    });
    expectObservable(source.pipe(ackAfter(({ value }) => value)), '---^---').toBe('---c---');
  });
  expect(told[0]).toEqual({ type: 'gap', stream: 'stream', from: '1-0', to: '3-0' });
});
