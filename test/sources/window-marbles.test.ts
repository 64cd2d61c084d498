import { bufferCount, concatMap, map, NEVER } from 'rxjs';
import { ackAfter, bufferRefill, type Delivery } from 'rxjs-redis-streams';
import { expect, test } from 'vitest';
import { marbles, notebook, takes } from '../support/marbles.js';

test('a refill is asked for when refillAt or fewer are held, with the COUNT that there is room for', () => {
  marbles.run(({ group, expectReads, expectObservable }) => {
    const source = group({ live: '(abcdefgh)' }).pipe(bufferRefill({ size: 4, refillAt: 2 }));
    expectReads(source).toBe('                       4---------2---------2---------2');
    expectObservable(source.pipe(ackAfter(takes(5)))).toBe('-----a----b----c----d----e----f----');
  });
});

test('between refillAt and full, the room is used 10 ms after the last settling', () => {
  marbles.run(({ group, expectReads, expectObservable }) => {
    const source = group({ live: '(abcdefgh)' }).pipe(bufferRefill({ size: 4, refillAt: 1 }));
    // a is settled at 2, and then nothing for 10 ms
    const slow = ackAfter(({ value }: Delivery<string>) => (value === 'a' ? takes(2)({ value }) : NEVER));
    expectReads(source).toBe('4 9ms -- 1');
    expectObservable(source.pipe(slow)).toBe('--a 20ms -');
  });
});

test('a pipeline that needs as many as the window holds gets them', () => {
  marbles.run(({ group, expectSettled, expectObservable }) => {
    const source = group({ live: '(abcdef)' }).pipe(bufferRefill({ size: 3 }));
    expectSettled(source).toBe('(abcdef)');
    expectObservable(
      source.pipe(
        bufferCount(3),
        ackAfter((entries) => entries.length),
      ),
    ).toBe('(33)----', { 3: 3 });
  });
});

test('an operator of RxJS that queues does not get more than the window', () => {
  marbles.run(({ group, expectReads, expectObservable, pendingList }) => {
    const source = group({ live: '(abcdefgh)' }).pipe(bufferRefill({ size: 2, refillAt: 1 }));
    const queue = concatMap((entry: { value: string; ack(): Promise<void> }) =>
      takes(4)(entry).pipe(
        map((value) => {
          void entry.ack();
          return value;
        }),
      ),
    );
    expectReads(source).toBe('            2---1---1---1');
    expectObservable(source.pipe(queue)).toBe('----a---b---c');
    expect(pendingList(source).map(({ name }) => name)).toEqual(['d', 'e']);
  });
});

test('with several streams the room is shared, and each is asked for at least one', () => {
  marbles.run(({ group, expectReads, expectObservable }) => {
    const source = group({ live: { one: '(abc)', two: '(xyz)', three: '' } });
    expectReads(source.with({ bufferSize: 7, refillAt: 0 })).toBe('2----');
    expectObservable(source.with({ bufferSize: 7, refillAt: 0 }).pipe(map(({ value }) => value))).toBe('(abxy)');
  });
});

test('fromStreams: entries count only while a stage holds them', () => {
  marbles.run(({ streams, expectReads, expectObservable }) => {
    const plain = streams({ live: '-(abc)---d', options: { bufferSize: 2 } });
    // A full reply: the next read is sent after `a`, with `b` still in the window.
    expectReads(plain).toBe('2(12)----2');
    expectObservable(plain.pipe(map(({ value }) => value))).toBe('-(abc)---d');

    const staged = streams({ live: '-(abc)---', options: { bufferSize: 2, refillAt: 0 } });
    expectReads(staged).toBe('2------2--2');
    expectObservable(staged.pipe(ackAfter(takes(3)))).toBe('----a--b--c');
  });
});

test('a window that is full and nobody works on is told as stalled, again and again', () => {
  marbles.run(({ group, expectObservable, now, flush }) => {
    const { notify, told } = notebook(now);
    const source = group({ live: '-(ab)- 1m -', options: { bufferSize: 1, notify, stallAfter: 20_000 } });
    expectObservable(source.pipe(map(({ value }) => value))).toBe('-a');
    const warnings: unknown[] = [];
    const warned = (warning: unknown): void => void warnings.push(warning);
    process.on('warning', warned);
    flush();
    process.off('warning', warned);
    expect(told.filter((each) => !each.includes('joined'))).toEqual(['20001 stalled', '40001 stalled', '60001 stalled']);
  });
});
