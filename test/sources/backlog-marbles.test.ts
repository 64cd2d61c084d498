import { map } from 'rxjs';
import { ackAfter, backlogFirst, bufferRefill } from 'rxjs-redis-streams';
import { expect, test } from 'vitest';
import { came, marbles, notebook, takes } from '../support/marbles.js';

test('the backlog comes first, all of it, in pages that fit the window; a short page ends it', () => {
  marbles.run(({ group, expectObservable, expectReads, expectSettled, flush, now }) => {
    const { notify, told } = notebook(now);
    const source = group({ backlog: 'abc', live: 'x--------y---', options: { notify } }).pipe(
      backlogFirst(),
      bufferRefill({ size: 2, refillAt: 0 }),
    );
    expectReads(source).toBe('                p---p-2-2--2', { p: 'backlog 2' });
    expectSettled(source).toBe('              --a-b-c-x--y');
    expectObservable(source.pipe(ackAfter(takes(2)))).toBe('--a-b-c-x--y');
    flush();
    expect(told).toEqual([
      '0 joined',
      '2 acked 1-0',
      '4 backlog-done 3',
      '4 acked 2-0',
      '6 acked 3-0',
      '8 acked 4-0',
      '11 acked 5-0',
    ]);
  });
});

test('what is pending stays where it is without backlogFirst()', () => {
  marbles.run(({ group, expectObservable, pendingList }) => {
    const source = group({ backlog: 'ab', live: '--c' });
    expectObservable(source.pipe(ackAfter(came))).toBe('--c', { c: 'c fresh 1' });
    expect(pendingList(source).map(({ name, count }) => [name, count])).toEqual([
      ['a', 1],
      ['b', 1],
    ]);
  });
});

test('no stream goes live before the backlogs of all are empty', () => {
  marbles.run(({ group, expectObservable, flush, now }) => {
    const { notify, told } = notebook(now);
    const source = group({
      backlog: { one: 'a', two: 'bcd' },
      live: { one: 'x', two: '' },
      options: { notify, bufferSize: 4, refillAt: 0 },
    });
    const entries = source.pipe(backlogFirst(), ackAfter(takes(1)));
    expectObservable(entries).toBe('-abcdx--');
    flush();
    expect(told.filter((each) => each.includes('backlog'))).toEqual(['0 backlog-done 1', '3 backlog-done 3']);
  });
});

test('a deleted entry is acked away, told, and never emitted', () => {
  marbles.run(({ group, expectObservable, pendingList, now }) => {
    const { notify, told } = notebook(now);
    const source = group({ backlog: 'abc', deleted: 'b', options: { notify } });
    expectObservable(source.pipe(backlogFirst(), map(came))).toBe('(ac)', { a: 'a backlog 2', c: 'c backlog 2' });
    expect(pendingList(source).map(({ name }) => name)).toEqual(['a', 'c']);
    expect(told).toEqual(['0 joined', '0 gone 2-0', '0 backlog-done 3', '0 acked 2-0']);
  });
});

test('deleted between the read and the settling, it is an entry like any other', () => {
  marbles.run(({ group, expectObservable, expectSettled, pendingList }) => {
    const source = group({ live: '-(ab)', deleted: '--b' });
    expectObservable(source.pipe(ackAfter(takes(3)))).toBe('----a--b');
    expectSettled(source).toBe('----a--b');
    expect(pendingList(source)).toEqual([]);
  });
});

test('a connection that is lost in the backlog: it goes on behind what it has', () => {
  marbles.run(({ group, expectObservable, expectReads, pendingList }) => {
    const source = group({ backlog: 'abc', faults: '-X 30ms Y', live: '--- 100ms d' }).pipe(backlogFirst());
    const refined = source.pipe(bufferRefill({ size: 2, refillAt: 1 }));
    expectReads(refined).toBe('                       p-q 49ms (pl) 47ms l', { p: 'backlog 2', q: 'backlog 1', l: 'live 1' });
    expectObservable(refined.pipe(ackAfter(takes(2)))).toBe('--a-b 49ms c 50ms d');
    expect(pendingList(source)).toEqual([]);
  });
});
