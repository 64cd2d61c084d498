import { map, timer, type Observable } from 'rxjs';
import { ackAfter, redeliver, untilDrained, type Delivery } from 'rxjs-redis-streams';
import { expect, test } from 'vitest';
import { came, marbles, notebook } from '../support/marbles.js';

/** Two frames of work, which fails for one letter so often. */
function failing(letter: string, times = Infinity) {
  let failed = 0;
  return (entry: Delivery<string>): Observable<string> =>
    timer(2).pipe(
      map(() => {
        if (entry.value === letter && failed++ < times) throw new Error('not now');
        return came(entry);
      }),
    );
}

test('a nacked entry comes again after its delay, counted by Redis, and the others go on meanwhile', () => {
  marbles.run(({ group, expectObservable, expectSettled, pendingList }) => {
    const source = group({ live: '-(ab)-----------' }).pipe(redeliver({ delay: 8 }));
    const work = source.pipe(ackAfter(failing('a', 1), { onError: 'nack' }));
    expectSettled(source).toBe('   ---n-b-------a', { n: 'nack a' });
    expectObservable(work).toBe('  -----b-------a', { b: 'b fresh 1', a: 'a redelivered 2' });
    expect(pendingList(source)).toEqual([]);
  });
});

test('the delay is a function of the deliveries so far', () => {
  marbles.run(({ group, expectObservable, expectSettled, now, flush }) => {
    const { notify, told } = notebook(now);
    const source = group({ live: '-a-------------------------', options: { notify } }).pipe(
      redeliver({ delay: (deliveries) => 3 * deliveries }),
    );
    expectObservable(source.pipe(ackAfter(failing('a', 3), { onError: 'nack' }))).toBe('---------------------------a', {
      a: 'a redelivered 4',
    });
    expectSettled(source).toBe('---x----y-------z----------a', { x: 'nack a', y: 'nack a', z: 'nack a' });
    flush();
    expect(told.filter((each) => each.includes('waiting'))).toEqual(['3 waiting 3', '8 waiting 6', '16 waiting 9']);
  });
});

test('what fails maxDeliveries times is put on the dead-letter stream, and is nobody’s any more', () => {
  marbles.run(({ group, expectObservable, expectSettled, pendingList, now, flush }) => {
    const { notify, told } = notebook(now);
    const source = group({ live: '-(ab)-----------', options: { notify } }).pipe(
      redeliver({ delay: 2, maxDeliveries: 2, deadLetter: 'dead' }),
    );
    expectObservable(source.pipe(ackAfter(failing('a'), { onError: 'nack' }))).toBe('-----b----------', { b: 'b fresh 1' });
    expectSettled(source).toBe('---x-b-y', { x: 'nack a', y: 'nack a' });
    expect(pendingList(source)).toEqual([]);
    flush();
    expect(told.filter((each) => each.includes('dead-lettered'))).toEqual(['7 dead-lettered 1-0']);
  });
});

test('rejected, it goes there at once; the work goes on', () => {
  marbles.run(({ group, expectObservable, expectSettled, settlements, pendingList }) => {
    const source = group({ live: '-(ab)---' }).pipe(redeliver({ deadLetter: 'dead' }));
    expectObservable(source.pipe(ackAfter(failing('a'), { onError: 'reject' }))).toBe('-----b---', { b: 'b fresh 1' });
    expectSettled(source).toBe('---r-b', { r: 'reject a' });
    expect(settlements(source)[0]).toMatchObject({ name: 'a', as: 'rejected', reason: { message: 'not now' } });
    expect(pendingList(source)).toEqual([]);
  });
});

test('without a dead-letter stream that is an error, and the entry stays', () => {
  marbles.run(({ group, expectObservable, pendingList }) => {
    const source = group({ live: '-(ab)---' }).pipe(redeliver());
    expectObservable(source.pipe(ackAfter(failing('a'), { onError: 'reject' }))).toBe(
      '---#',
      {},
      expect.objectContaining({ code: 'NO_DEAD_LETTER' }),
    );
    expect(pendingList(source)).toMatchObject([{ name: 'a' }, { name: 'b' }]);
  });
});

test('a drained source waits for what comes again', () => {
  marbles.run(({ group, expectObservable }) => {
    const source = group({ backlog: 'a' }).pipe(untilDrained(), redeliver({ delay: 9 }));
    const backlog = source.with({ startFromBacklog: true });
    expectObservable(backlog.pipe(ackAfter(failing('a', 1), { onError: 'nack' }))).toBe('-------------(a|)', {
      a: 'a redelivered 3',
    });
  });
});

test('maxWaiting: reading pauses while so many wait, and is told', () => {
  marbles.run(({ group, expectObservable, expectReads, now, flush }) => {
    const { notify, told } = notebook(now);
    const source = group({ live: '-a---bc------------', options: { notify, bufferSize: 4, refillAt: 3 } }).pipe(
      redeliver({ delay: 9, maxWaiting: 1 }),
    );
    const work = source.pipe(ackAfter(failing('a', 1), { onError: 'nack' }));
    // b comes with the read that was out when a was nacked; c waits until a comes again
    expectReads(source).toBe('     43----------(32)');
    expectObservable(work).toBe('  -------b------a-c', { b: 'b fresh 1', a: 'a redelivered 2', c: 'c fresh 1' });
    flush();
    expect(told.filter((each) => /paused|resumed/.test(each))).toEqual(['5 paused redelivery', '12 resumed']);
  });
});
