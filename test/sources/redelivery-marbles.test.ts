import { map, NEVER, retry, timer } from 'rxjs';
import {
  ackAfter,
  backlogFirst,
  bufferRefill,
  exponentialDelay,
  redeliver,
  untilDrained,
  type Delivery,
} from 'rxjs-redis-streams';
import { expect, test } from 'vitest';
import { came, marbles, notebook, takes } from '../support/marbles.js';

/** Work that takes so many frames, and fails before the delivery that is to succeed. */
const failsUntil =
  (attempt: number, frames = 0) =>
  (entry: Delivery<string>) =>
    timer(frames).pipe(
      map(() => {
        if (entry.attempt < attempt) throw new RangeError(`not at ${entry.attempt}`);
        return came(entry);
      }),
    );
const nacking = { onError: 'nack' } as const;

test('a nacked entry comes again after its delay, and a read that waits is ended for it', () => {
  marbles.run(({ group, expectObservable, expectSettled, pendingList, flush, now }) => {
    const { notify, told } = notebook(now);
    const source = group({ live: '--a-----------------', options: { notify } }).pipe(redeliver({ delay: 5 }));
    expectSettled(source).toBe('--p----q----a', { p: 'nack a', q: 'nack a' });
    expectObservable(source.pipe(ackAfter(failsUntil(3), nacking))).toBe('------------a', { a: 'a redelivered 3' });
    flush();
    expect(told.filter((each) => each.includes('waiting'))).toEqual(['2 waiting 5', '7 waiting 5']);
    expect(pendingList(source)).toEqual([]);
  });
});

test('while it waits it holds no place in the window, nor in the concurrency of a stage', () => {
  marbles.run(({ group, expectObservable, expectReads }) => {
    const source = group({ live: '(abc)' }).pipe(bufferRefill({ size: 1 }), redeliver({ delay: 6 }));
    const once = (entry: Delivery<string>) => (entry.value === 'a' ? failsUntil(2, 2)(entry) : takes(2)({ value: came(entry) }));
    expectReads(source).toBe('                                  1-1-1-1---1');
    expectObservable(source.pipe(ackAfter(once, nacking))).toBe('----b-c---a', {
      b: 'b fresh 1',
      c: 'c fresh 1',
      a: 'a redelivered 2',
    });
  });
});

test('with a key, others of that key wait for it; other keys pass', () => {
  marbles.run(({ group, expectObservable, expectSettled }) => {
    const values = { a: { of: 'x', name: 'a' }, b: { of: 'x', name: 'b' }, c: { of: 'y', name: 'c' } };
    const source = group({ live: '(abc)', values }).pipe(redeliver({ delay: 7 }));
    const work = ({ value, attempt }: Delivery<{ of: string; name: string }>) => {
      if (value.name === 'a' && attempt === 1) throw new Error('not yet');
      return `${value.name} ${attempt}`;
    };
    const key = ({ value }: Delivery<{ of: string; name: string }>) => value.of;
    expectSettled(source).toBe('(nc)---(ab)', { n: 'nack a' });
    expectObservable(source.pipe(ackAfter(work, { ...nacking, concurrency: 3, key }))).toBe('c------(ab)', {
      ...{ a: 'a 2', b: 'b 1', c: 'c 1' },
    });
  });
});

test('a delay by the deliveries so far; the ready-made one doubles', () => {
  marbles.run(({ group, expectObservable, expectSettled }) => {
    const delay = exponentialDelay({ first: 2, most: 5, jitter: 0 });
    const source = group({ live: 'a' }).pipe(redeliver({ delay }));
    // After 2, 4, 5, 5.
    expectSettled(source).toBe('p-q---r----s----a', { p: 'nack a', q: 'nack a', r: 'nack a', s: 'nack a' });
    expectObservable(source.pipe(ackAfter(failsUntil(5), nacking))).toBe('----------------a', { a: 'a redelivered 5' });
  });
});

test('those that are due come in the order in which they are due, not in which they were nacked', () => {
  marbles.run(({ group, expectObservable }) => {
    const delays: Record<string, number> = { a: 15, b: 7, c: 10 };
    const source = group({ live: '(abc)-------x' }).pipe(redeliver());
    const seen = source.pipe(
      map((entry) => {
        if (entry.attempt === 1 && entry.value !== 'x') entry.nack({ delay: delays[entry.value] ?? 0 });
        else void entry.ack();
        return came(entry);
      }),
    );
    expectObservable(seen).toBe('(123)--b--c-x--a', {
      ...{ 1: 'a fresh 1', 2: 'b fresh 1', 3: 'c fresh 1', x: 'x fresh 1' },
      ...{ a: 'a redelivered 2', b: 'b redelivered 2', c: 'c redelivered 2' },
    });
  });
});

test('maxWaiting: so many wait, and nothing fresh is read before one has come', () => {
  marbles.run(({ group, expectObservable, flush, now }) => {
    const { notify, told } = notebook(now);
    const source = group({ live: '(abcd)', options: { notify } }).pipe(
      bufferRefill({ size: 1 }),
      redeliver({ delay: 5, maxWaiting: 2 }),
    );
    expectObservable(source.pipe(ackAfter(failsUntil(2), nacking))).toBe('-----(ab)-(cd)', {
      a: 'a redelivered 2',
      b: 'b redelivered 2',
      c: 'c redelivered 2',
      d: 'd redelivered 2',
    });
    flush();
    expect(told.filter((each) => /paused|resumed/.test(each))).toEqual([
      '0 paused redelivery',
      '5 resumed',
      '5 paused redelivery',
      '10 resumed',
    ]);
  });
});

test('after maxDeliveries it is put away, acked, and told; what comes behind it goes on', () => {
  marbles.run(({ group, expectObservable, expectSettled, pendingList, settlements, flush, now }) => {
    const { notify, told } = notebook(now);
    const source = group({ live: 'a--------x', options: { notify } }).pipe(
      redeliver({ maxDeliveries: 2, delay: 3, deadLetter: 'dead' }),
    );
    const work = (entry: Delivery<string>) => failsUntil(entry.value === 'a' ? 9 : 1)(entry);
    expectObservable(source.pipe(ackAfter(work, nacking))).toBe('---------x', { x: 'x fresh 1' });
    // Both were nacked; the second time there was no other.
    expectSettled(source).toBe('p--q-----x', { p: 'nack a', q: 'nack a' });
    flush();
    expect(told.filter((each) => /waiting|dead/.test(each))).toEqual(['0 waiting 3', '3 dead-lettered 1-0']);
    expect(settlements(source)[1]?.reason).toMatchObject({ name: 'RangeError', message: 'not at 2' });
    expect(pendingList(source)).toEqual([]);
  });
});

test("onError: 'reject' puts it away at once", () => {
  marbles.run(({ group, expectObservable, expectSettled, pendingList, flush, now }) => {
    const { notify, told } = notebook(now);
    const source = group({ live: 'ab', options: { notify } }).pipe(redeliver({ deadLetter: 'dead' }));
    const work = (entry: Delivery<string>) => failsUntil(entry.value === 'a' ? 9 : 1)(entry);
    expectSettled(source).toBe('rb', { r: 'reject a' });
    expectObservable(source.pipe(ackAfter(work, { onError: 'reject' }))).toBe('-b', { b: 'b fresh 1' });
    flush();
    expect(told.filter((each) => each.includes('dead'))).toEqual(['0 dead-lettered 1-0']);
    expect(pendingList(source)).toEqual([]);
  });
});

test('a delay that goes wrong later on stops the stage with the value, and the entry stays pending', () => {
  const wrong = expect.objectContaining({ name: 'RangeError', message: expect.stringContaining('redeliver.delay(2) is NaN') });
  marbles.run(({ group, expectObservable, pendingList }) => {
    const delay = (attempt: number) => (attempt === 1 ? 4 : NaN);
    const source = group({ live: '-a' }).pipe(redeliver({ delay }));
    expectObservable(source.pipe(ackAfter(failsUntil(9), nacking))).toBe('-----#', undefined, wrong);
    expect(pendingList(source)).toMatchObject([{ name: 'a', count: 2 }]);
  });
});

test('untilDrained(): waits for what waits, then ends', () => {
  marbles.run(({ group, expectObservable }) => {
    const source = group({ live: 'ab' }).pipe(redeliver({ delay: 7 }), untilDrained());
    const work = (entry: Delivery<string>) => failsUntil(2)(entry);
    // b comes while a waits: it was not there when reading began, and is read with the rest.
    expectObservable(source.pipe(ackAfter(work, nacking))).toBe('-------a------(b|)', {
      a: 'a redelivered 2',
      b: 'b redelivered 2',
    });
  });
});

test('with retry(): what waited comes first with the next subscription, at once', () => {
  marbles.run(({ group, expectObservable }) => {
    const source = group({ live: 'a--b' }).pipe(redeliver({ delay: 50 }));
    const work = ({ value, attempt, ...rest }: Delivery<string>) =>
      timer(1).pipe(
        map(() => {
          if (attempt === 1) throw new Error(value);
          return `${value} ${rest.origin} ${attempt}`;
        }),
      );
    const onError = (error: unknown) => ((error as Error).message === 'b' ? 'throw' : 'nack');
    expectObservable(source.pipe(ackAfter(work, { onError }), retry())).toBe('-----ab', {
      a: 'a recovered 2',
      b: 'b recovered 2',
    });
  });
});

test('a backlog: most together, the last allowed delivery alone', () => {
  marbles.run(({ group, expectObservable, expectSettled }) => {
    // Each was delivered once: the second is the last.
    const source = group({ backlog: 'abc', live: '-x', options: { bufferSize: 8 } }).pipe(
      backlogFirst(),
      redeliver({ maxDeliveries: 2, deadLetter: 'dead' }),
    );
    const work = source.pipe(ackAfter((entry) => takes(3)({ value: came(entry) }), { concurrency: 4 }));
    expectSettled(source).toBe('---a--b--c--x');
    expectObservable(work).toBe('---a--b--c--x', { a: 'a backlog 2', b: 'b backlog 2', c: 'c backlog 2', x: 'x fresh 1' });
  });
  marbles.run(({ group, expectObservable, expectSettled }) => {
    const source = group({ backlog: 'abc' }).pipe(backlogFirst(), redeliver({ maxDeliveries: 3, deadLetter: 'dead' }));
    expectSettled(source).toBe('---(abc)');
    expectObservable(source.pipe(ackAfter(takes(3), { concurrency: 4 }))).toBe('---(abc)');
  });
});

test('not-alone: a pipeline that settles nothing gets the next after stallAfter, and is told', () => {
  marbles.run(({ group, expectObservable, flush, now }) => {
    const { notify, told } = notebook(now);
    const source = group({ backlog: 'ab', options: { notify, stallAfter: 10 } }).pipe(
      backlogFirst(),
      redeliver({ maxDeliveries: 2, deadLetter: 'dead' }),
    );
    expectObservable(source.pipe(map(came))).toBe('a---------b', { a: 'a backlog 2', b: 'b backlog 2' });
    flush();
    expect(told.filter((each) => each.includes('alone'))).toEqual(['10 not-alone 1-0', '10 not-alone 2-0']);
  });
});

test('unsubscribed while entries wait: no timer is left, and they stay pending under our name', () => {
  marbles.run(({ group, expectObservable, pendingList }) => {
    const source = group({ live: '(ab)' }).pipe(redeliver({ delay: 100 }));
    expectObservable(
      source.pipe(ackAfter(({ value }) => (value === 'a' ? failsUntil(9)({ attempt: 1 } as never) : NEVER), nacking)),
      '^--!',
    ).toBe('');
    expect(pendingList(source).map(({ name, consumer, count }) => [name, consumer, count])).toEqual([
      ['a', 'consumer', 1],
      ['b', 'consumer', 1],
    ]);
  });
});
