import { ackAfter, backlogFirst, bufferRefill, claimIdle, untilDrained, type GroupSource } from 'rxjs-redis-streams';
import { expect, test } from 'vitest';
import { came, marbles, notebook, takes } from '../support/marbles.js';

/** Leases are renewed every 2 frames, so what is idle for 6 is nobody's. */
const lease = { renewEvery: 2 };
/** A script whose backlog is that of a consumer who is dead: nobody subscribes to it. */
const dead = { consumer: 'dead', lease };
const mine = <T>(source: GroupSource<T>): GroupSource<T> => source.with({ consumer: 'me' });

test('what a dead consumer held is adopted when it is idle for minIdle, and a read that waits is ended for it', () => {
  marbles.run(({ group, expectObservable, expectReads, expectSettled, pendingList, flush, now }) => {
    const { notify, told } = notebook(now);
    const source = mine(group({ backlog: 'ab', live: '--x----------y', options: { ...dead, notify } })).pipe(
      claimIdle({ minIdle: 6, every: 3 }),
    );
    expectReads(source).toBe('     r-rr--r--r--rr', { r: 100 });
    expectSettled(source).toBe('   --x---(ab)---y');
    expectObservable(source.pipe(ackAfter(came))).toBe('--x---(ab)---y', {
      x: 'x fresh 1',
      a: 'a claimed 2',
      b: 'b claimed 2',
      y: 'y fresh 1',
    });
    flush();
    expect(told.filter((each) => each.includes('claimed'))).toEqual(['6 claimed 1-0,2-0']);
    expect(pendingList(source)).toEqual([]);
  });
});

test('nothing is taken before that, and without claimIdle() never', () => {
  marbles.run(({ group, expectObservable, pendingList }) => {
    const source = mine(group({ backlog: 'ab', options: dead }));
    expectObservable(source.pipe(claimIdle({ minIdle: 6, every: 1 }), ackAfter(came))).toBe('------');
    expect(pendingList(source).map(({ name, consumer, idle }) => [name, consumer, idle])).toEqual([
      ['a', 'dead', 5],
      ['b', 'dead', 5],
    ]);
  });
  marbles.run(({ group, expectObservable, pendingList }) => {
    const source = mine(group({ backlog: 'a', options: dead }));
    expectObservable(source.pipe(ackAfter(came))).toBe('------------------------------');
    expect(pendingList(source)).toMatchObject([{ name: 'a', consumer: 'dead' }]);
  });
});

test('every: half of minIdle, counted from the end of a round', () => {
  marbles.run(({ group, expectObservable }) => {
    // Looked for at 0, 4, 8: idle for 7 at 7, found at 8.
    const source = mine(group({ backlog: 'a', options: dead })).pipe(claimIdle({ minIdle: 7 }));
    expectObservable(source.pipe(ackAfter(takes(0)))).toBe('--------a');
  });
});

test('a round goes as far as there is room, and on from there when something is settled', () => {
  marbles.run(({ group, expectObservable, expectSettled }) => {
    const source = mine(group({ backlog: 'abcde', live: '-----x', options: dead })).pipe(
      bufferRefill({ size: 2, refillAt: 1 }),
      claimIdle({ minIdle: 6, every: 6 }),
    );
    // x was read before the round began: it has its place in the window.
    expectSettled(source).toBe('                --------x--a--b--c--d--e');
    expectObservable(source.pipe(ackAfter(takes(3)))).toBe('--------x--a--b--c--d--e');
  });
});

test('slow work, and a read that waits with all the rest of the window: claims come with the tick and wait for neither', () => {
  marbles.run(({ group, expectObservable, expectReads, flush, now }) => {
    const { notify, told } = notebook(now);
    const options = { ...dead, notify };
    const source = mine(group({ backlog: 'abc', live: '-(pq)', options })).pipe(
      bufferRefill({ size: 4, refillAt: 3 }),
      claimIdle({ minIdle: 7, every: 4 }),
    );
    // Read for all the room there is, again and again; looked for at 0, 4, 8, each time by ending that read.
    expectReads(source).toBe('r2--2', { r: 4 });
    expectObservable(source.pipe(ackAfter(takes(50)))).toBe('51ms p');
    flush();
    expect(told.filter((each) => each.includes('claimed'))).toEqual(['8 claimed 1-0,2-0', '51 claimed 3-0']);
  });
});

test('a window that is full of slow work, with fresh entries behind it: the first place that comes free is for the claim', () => {
  marbles.run(({ group, expectObservable, flush, now }) => {
    const { notify, told } = notebook(now);
    const options = { ...dead, notify };
    const source = mine(group({ backlog: 'ab', live: '(pqrstuvw)', options })).pipe(
      bufferRefill({ size: 2, refillAt: 1 }),
      claimIdle({ minIdle: 6, every: 3 }),
    );
    // Due at 6, and no room before p is settled: the tick and one settling, and the same again for the other.
    expectObservable(source.pipe(ackAfter(takes(20)))).toBe('20ms p 19ms q 19ms a 19ms b 19ms r');
    flush();
    expect(told.filter((each) => each.includes('claimed'))).toEqual(['20 claimed 1-0', '40 claimed 2-0']);
  });
});

test('what is worked on is renewed, however long that takes: its idle time stays below two ticks', () => {
  marbles.run(({ group, expectObservable, pendingList }) => {
    const source = group({ live: '(abc)', options: { lease } });
    expectObservable(source.pipe(ackAfter(takes(40)))).toBe('-----------------------------');
    // Working on a, and waiting in the window: alike.
    expect(pendingList(source).map(({ name, idle, count }) => [name, idle < 4, count])).toEqual([
      ['a', true, 1],
      ['b', true, 1],
      ['c', true, 1],
    ]);
  });
});

test('two consumers: work ten times as long as minIdle runs once', () => {
  marbles.run(({ group, expectObservable, expectSettled, pendingList }) => {
    const source = group({ live: 'a', options: { lease } });
    const other = source.with({ consumer: 'other' }).pipe(claimIdle({ minIdle: 6, every: 2 }));
    expectObservable(source.pipe(ackAfter(takes(60)))).toBe('60ms a---');
    expectObservable(other.pipe(ackAfter(came))).toBe('64ms -');
    expectSettled(source).toBe('60ms a---');
    expect(pendingList(source)).toEqual([]);
  });
});

test('untilDrained(): one round at the start, and then the end', () => {
  marbles.run(({ group, expectObservable, expectSettled, pendingList }) => {
    const source = mine(group({ backlog: 'ab', live: '--------x', options: dead })).pipe(
      claimIdle({ minIdle: 6 }),
      untilDrained(),
    );
    expectSettled(source).toBe('--------(abx)');
    expectObservable(source.pipe(ackAfter(came)), '--------^').toBe('--------(abx|)', {
      a: 'a claimed 2',
      b: 'b claimed 2',
      x: 'x fresh 1',
    });
    expect(pendingList(source)).toEqual([]);
  });
  marbles.run(({ group, expectObservable, pendingList }) => {
    const source = mine(group({ backlog: 'a', options: dead })).pipe(claimIdle({ minIdle: 6 }), untilDrained());
    expectObservable(source.pipe(ackAfter(came))).toBe('|');
    expect(pendingList(source)).toMatchObject([{ name: 'a', consumer: 'dead' }]);
  });
});

test('behind backlogFirst(), own pending entries come first, and are not claimed beside it', () => {
  marbles.run(({ group, expectObservable, expectSettled }) => {
    const source = group({ backlog: 'ab', live: '-x', options: { lease } }).pipe(
      claimIdle({ minIdle: 6, every: 1 }),
      backlogFirst(),
    );
    const work = source.pipe(ackAfter((entry) => takes(8)({ value: came(entry) })));
    expectSettled(source).toBe('--------a-------b-------x');
    expectObservable(work).toBe('--------a-------b-------x', { a: 'a backlog 2', b: 'b backlog 2', x: 'x fresh 1' });
  });
});

test('an entry that was trimmed meanwhile leaves the pending list with the claim, is told as gone once, and never emitted', () => {
  marbles.run(({ group, expectObservable, pendingList, flush, now }) => {
    const { notify, told } = notebook(now);
    const options = { ...dead, notify };
    const source = mine(group({ backlog: 'abc', deleted: '--(ac)', options })).pipe(claimIdle({ minIdle: 6, every: 3 }));
    expectObservable(source.pipe(ackAfter(came))).toBe('------b------', { b: 'b claimed 2' });
    expect(pendingList(source)).toEqual([]);
    flush();
    expect(told.slice(1)).toEqual(['6 gone 1-0,3-0', '6 claimed 2-0', '6 acked 2-0']);
  });
});

test('two consumers look at the same moment: what was trimmed is told by one of them', () => {
  marbles.run(({ group, expectObservable, pendingList, flush, now }) => {
    const { notify, told } = notebook(now);
    const source = group({ backlog: 'a', deleted: '--a', options: { ...dead, notify } });
    for (const consumer of ['me', 'other']) {
      const claiming = source.with({ consumer }).pipe(claimIdle({ minIdle: 6, every: 3 }));
      expectObservable(claiming.pipe(ackAfter(came))).toBe('----------');
    }
    expect(pendingList(source)).toEqual([]);
    flush();
    expect(told.filter((each) => !each.includes('joined'))).toEqual(['6 gone 1-0']);
  });
});

test('a connection that is lost in a round: the round goes on when there is one again', () => {
  marbles.run(({ group, expectObservable, flush, now }) => {
    const { notify, told } = notebook(now);
    const options = { ...dead, notify };
    const source = mine(group({ backlog: 'a', faults: '----X 9ms Y', options })).pipe(claimIdle({ minIdle: 6, every: 2 }));
    expectObservable(source.pipe(ackAfter(came))).toBe('54ms a', { a: 'a claimed 2' });
    flush();
    expect(told.slice(1)).toEqual(['4 retrying read 50', '54 claimed 1-0', '54 acked 1-0']);
  });
});

test('the end: what is claimed goes back to where others may have it, in the count it had', () => {
  marbles.run(({ group, expectObservable, expectSettled, pendingList }) => {
    const source = mine(group({ backlog: 'abc', options: dead })).pipe(claimIdle({ minIdle: 6, every: 3 }));
    expectObservable(source.pipe(ackAfter(takes(5))), '^-------!').toBe('------');
    // a was begun: that counts. The others were not.
    expectSettled(source).toBe('--------(yzx)', { x: 'leave a', y: 'release b', z: 'release c' });
    expect(pendingList(source).map(({ name, count }) => [name, count])).toEqual([
      ['a', 2],
      ['b', 1],
      ['c', 1],
    ]);
  });
});
