import { timer } from 'rxjs';
import { ackAfter, claimIdle } from 'rxjs-redis-streams';
import { expect, test } from 'vitest';
import { came, marbles, notebook, takes } from '../support/marbles.js';

const lease = { renewEvery: 10 };
const claims = claimIdle({ minIdle: 30, every: 20 });

test('what a dead consumer left is adopted once nobody has touched it for minIdle, and not before', () => {
  marbles.run(({ group, expectObservable, pendingList, now, flush }) => {
    const { notify, told } = notebook(now);
    // the backlog is pending under the name `consumer`, which nobody uses
    const source = group({ backlog: 'ab', live: '---x 100ms -', options: { lease, notify } });
    const survivor = source.with({ consumer: 'other' }).pipe(claims);
    expectObservable(survivor.pipe(ackAfter(came))).toBe('---x 36ms (ab)', {
      x: 'x fresh 1',
      a: 'a claimed 2',
      b: 'b claimed 2',
    });
    expect(pendingList(source)).toEqual([]);
    flush();
    expect(told.filter((each) => each.includes('claimed'))).toEqual(['40 claimed 1-0,2-0']);
  });
});

test('one that was deleted meanwhile is never emitted, leaves the pending list with the claim, and is told', () => {
  marbles.run(({ group, expectObservable, pendingList, flush, now }) => {
    const { notify, told } = notebook(now);
    const source = group({ backlog: 'ab', live: '100ms -', deleted: '--a', options: { lease, notify } });
    const survivor = source.with({ consumer: 'other' }).pipe(claims);
    expectObservable(survivor.pipe(ackAfter(({ value }) => value))).toBe('40ms b');
    expect(pendingList(source)).toEqual([]);
    flush();
    expect(told.filter((each) => each.includes('gone'))).toEqual(['40 gone 1-0']);
  });
});

test('what is worked on is nobody’s to claim, however long it takes: its idle time is renewed', () => {
  marbles.run(({ group, expectObservable, expectSettled, pendingList }) => {
    const source = group({ live: '-a 300ms -', options: { lease } });
    const other = source.with({ consumer: 'other' }).pipe(claims);
    expectObservable(source.pipe(ackAfter(takes(250)))).toBe('- 250ms a');
    expectObservable(other.pipe(ackAfter(({ value }) => value)), '2ms ^').toBe('');
    expectSettled(source).toBe('- 250ms a');
    expect(pendingList(source)).toEqual([]);
  });
});

test('renewed means: never idle for longer than renewEvery', () => {
  marbles.run(
    ({ group, pendingList, expectObservable }) => {
      const source = group({ live: '-a', options: { lease } });
      expectObservable(source.pipe(ackAfter(() => timer(500)))).toBe('');
      const [row] = pendingList(source);
      expect(row).toMatchObject({ name: 'a', consumer: 'consumer', count: 1 });
      expect(row?.idle).toBeLessThanOrEqual(10);
    },
    { horizon: 107 },
  );
});

test('what a consumer gave back on its way out is adopted with the next look, what it had begun after minIdle', () => {
  marbles.run(({ group, expectObservable, expectSettled }) => {
    const source = group({ live: '-(ab) 100ms -', options: { lease } });
    const other = source.with({ consumer: 'other' }).pipe(claims);
    expectObservable(source.pipe(ackAfter(takes(50))), '^----!').toBe('');
    expectSettled(source).toBe('-----(rl) 13ms b 19ms a', { r: 'release b', l: 'leave a' });
    expectObservable(other.pipe(ackAfter(came)), '--^').toBe('22ms b 19ms a', { a: 'a claimed 2', b: 'b claimed 1' });
  });
});
