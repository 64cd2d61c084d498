import { createHook } from 'node:async_hooks';
import { interval, map, NEVER, Observable, of, tap, throwError, timer } from 'rxjs';
import { TestScheduler } from 'rxjs/testing';
import { ackAfter, backlogFirst, type Delivery, type GroupSource } from 'rxjs-redis-streams';
import { createMarbles } from 'rxjs-redis-streams/testing';
import { afterEach, describe, expect, expectTypeOf, test, vi } from 'vitest';
import { marbles, takes } from '../support/marbles.js';

afterEach(() => vi.restoreAllMocks());

describe('deliveries', () => {
  test('are cold: each subscription has its own, from the first to the last', () => {
    marbles.run(({ deliveries, expectObservable, pending }) => {
      const source = deliveries('-a-b|');
      const values = source.pipe(map(({ value, id }) => `${value} ${id}`));
      expectObservable(values).toBe('-a-b|', { a: 'a 1-0', b: 'b 2-0' });
      expectObservable(values, '---^').toBe('----a-b|', { a: 'a 1-0', b: 'b 2-0' });
      expect(pending(source)).toEqual(['a', 'b', 'a', 'b']);
    });
  });

  test('have values and fields', () => {
    marbles.run(({ deliveries, expectObservable }) => {
      const orders = deliveries('-(ab|)', { a: { number: '1' }, b: { number: '2' } });
      expectTypeOf(orders).toExtend<Observable<Delivery<{ number: string }>>>();
      expectObservable(orders.pipe(map(({ fields, value, pairs }) => ({ fields, value, pairs })))).toBe('-(ab|)', {
        a: { fields: { number: '1' }, value: { number: '1' }, pairs: [['number', '1']] },
        b: { fields: { number: '2' }, value: { number: '2' }, pairs: [['number', '2']] },
      });
      const numbers = deliveries('-c|', { c: 3 });
      expectTypeOf(numbers).toEqualTypeOf<Observable<Delivery<number>>>();
      expectObservable(numbers.pipe(map(({ fields, value }) => ({ fields, value })))).toBe('-c|', {
        c: { fields: { marble: 'c' }, value: 3 },
      });
      const letters = deliveries('-d|');
      expectTypeOf(letters).toEqualTypeOf<Observable<Delivery<string>>>();
      expectObservable(letters.pipe(map(({ fields }) => fields))).toBe('-d|', { d: { marble: 'd' } });
    });
  });

  test('every way to settle is written down, with frame and reason; the first one counts', () => {
    marbles.run(({ deliveries, expectObservable, expectSettled, settlements, pending }) => {
      const source = deliveries('-a-b-c-d-|', undefined, undefined, { deadLetter: true });
      const settling = source.pipe(
        tap(({ value, ack, nack, reject }) => {
          if (value === 'a') void ack().then(() => nack());
          if (value === 'b') nack();
          if (value === 'c') void reject('bad');
          if (value === 'c') nack();
        }),
        map(({ mapValue }) => mapValue((value) => value.toUpperCase()).value),
      );
      expectObservable(settling).toBe('-A-B-C-D-|');
      expectSettled(source).toBe('-a-n-r', { n: 'nack b', r: 'reject c' });
      expect(settlements(source).at(-1)).toEqual({ name: 'c', id: '3-0', as: 'rejected', frame: 5, reason: 'bad' });
      expect(pending()).toEqual(['d']);
    });
  });

  test('refuse to be rejected as those of a source without a dead-letter stream do', async () => {
    const refused = expect.objectContaining({ code: 'NO_DEAD_LETTER' }) as unknown;
    const rejections: unknown[] = [];
    marbles.run(({ deliveries, group, expectObservable, expectSettled }) => {
      const fails = () => {
        throw new Error('no');
      };
      for (const source of [deliveries('-a---'), group({ live: '-a---' })]) {
        expectObservable(source.pipe(ackAfter(fails, { onError: 'reject' }))).toBe('-#', undefined, refused);
        expectSettled(source).toBe('-l', { l: 'leave a' });
      }
      const source = deliveries('-a---');
      const asking = source.pipe(
        map(({ reject, ack }) => {
          void reject('bad'); // nobody awaits it
          rejections.push(reject('bad').catch((error: unknown) => error));
          void ack();
          return 'a';
        }),
      );
      expectObservable(asking).toBe('-a---');
      expectSettled(source).toBe('-a');
    });
    expect(await Promise.all(rejections)).toEqual([refused]);
  });

  test('an error, and a signal that fires when the work is cancelled', () => {
    marbles.run(({ deliveries, expectObservable, expectSettled }) => {
      const failing = deliveries('-a#', undefined, 'no');
      expectObservable(failing.pipe(map(({ value }) => value))).toBe('-a#', undefined, 'no');
      const source = deliveries('-bc');
      const aborted: string[] = [];
      const work = ({ value, signal }: Delivery<string>): Observable<never> => {
        signal.addEventListener('abort', () => aborted.push(value));
        return NEVER;
      };
      expectObservable(source.pipe(ackAfter(work)), '^---!').toBe('');
      expectSettled(source).toBe('----(xy)', { x: 'release c', y: 'leave b' });
    });
  });
});

describe('a source of ours', () => {
  test('has the types of its values, and is one for refiners', () => {
    marbles.run(({ group, streams }) => {
      expectTypeOf(group({ live: '-a' })).toEqualTypeOf<GroupSource<string>>();
      expectTypeOf(group({ live: '-a', values: { a: 1 } }).pipe(backlogFirst())).toEqualTypeOf<GroupSource<number>>();
      expectTypeOf(group({ live: '-a', options: { decode: () => true } })).toEqualTypeOf<GroupSource<boolean>>();
      expectTypeOf(streams({ live: '-a', options: { settle: 'manual' } }).pipe(ackAfter())).not.toBeAny();
    });
  });

  test('its ids count the entries of the script, those that are there first', () => {
    marbles.run(({ group, streams, expectObservable }) => {
      const shown = map(({ stream, id, value }: { stream: string; id: string; value: string }) => `${stream} ${id} ${value}`);
      const source = group({ backlog: { one: 'a', two: 'b' }, live: { one: '-----d', two: '----c' } });
      const expected = { a: 'one 1-0 a', b: 'two 2-0 b', c: 'two 3-0 c', d: 'one 4-0 d' };
      expectObservable(source.pipe(backlogFirst(), shown)).toBe('(ab)cd', expected);
      expectObservable(streams({ history: 'xy', live: '-z' }).pipe(shown)).toBe('-z', { z: 'stream 3-0 z' });
    });
  });

  test('decodes what the script says as fields', () => {
    marbles.run(({ group, expectObservable }) => {
      const source = group({
        live: '-a',
        values: { a: { total: '12' } },
        options: { decode: ({ total }) => Number(total) },
      });
      expectObservable(source.pipe(map(({ value }) => value))).toBe('-a', { a: 12 });
    });
  });
});

describe('the horizon', () => {
  test('is the last sign of any diagram, dashes included', () => {
    marbles.run(({ expectObservable }) => {
      expectObservable(interval(2)).toBe('--a-b-', { a: 0, b: 1 });
    });
  });

  test('can be set', () => {
    const seen: number[] = [];
    marbles.run(({ expectObservable, now }) => void expectObservable(interval(10).pipe(tap(() => seen.push(now())))), {
      horizon: 35,
    });
    expect(seen).toEqual([10, 20, 30]);
    expect(() => marbles.run(() => undefined, { horizon: -1 })).toThrow(RangeError);
  });

  test('set before the end of the script, it hides the rest', () => {
    marbles.run(
      ({ group, hot, expectObservable }) => {
        expectObservable(group({ live: '-a---b' }).pipe(map(({ value }) => value))).toBe('-a---');
        expectObservable(hot('-a-----b')).toBe('-a---');
      },
      { horizon: 4 },
    );
  });

  test('10,000 virtual minutes with two entries take a handful of actions', () => {
    const schedule = vi.spyOn(TestScheduler.prototype, 'schedule');
    marbles.run(({ group, expectObservable }) => {
      const source = group({ live: '-a 10000m b' });
      expectObservable(source.pipe(ackAfter(({ value }) => value))).toBe('-a 10000m b');
    });
    expect(schedule.mock.calls.length).toBeLessThan(40);
  });

  test('with blocks of 5 s as in production, each read is one timer more', () => {
    const schedule = vi.spyOn(TestScheduler.prototype, 'schedule');
    marbles.run(({ group, expectObservable }) => {
      const source = group({ live: '-a 10m b', options: { timeout: 5_000 } });
      expectObservable(source.pipe(ackAfter(({ value }) => value))).toBe('-a 10m b');
    });
    expect(schedule.mock.calls.length).toBeGreaterThan(120);
    expect(schedule.mock.calls.length).toBeLessThan(400);
  });
});

describe('leftovers fail, by name', () => {
  const leaking = (inner: Observable<unknown>) => new Observable<never>(() => void inner.subscribe());

  test('a subscription of a source', () => {
    expect(() =>
      marbles.run(({ deliveries, group, expectObservable }) => {
        expectObservable(leaking(deliveries('-a---'))).toBe('');
        expectObservable(leaking(group({ live: '--b' })), '--^').toBe('');
      }),
    ).toThrow(
      "Left over at the horizon (frame 4):\n- deliveries('-a---') is still subscribed, since frame 0\n- group({ live: '--b' }) is still subscribed, since frame 2",
    );
  });

  test('one of cold() or hot()', () => {
    expect(() =>
      marbles.run(({ cold, hot, expectObservable }) => {
        expectObservable(leaking(cold('--a'))).toBe('');
        expectObservable(leaking(hot('---b'))).toBe('');
      }),
    ).toThrow(/cold\('--a'\) is still subscribed, since frame 0\n- hot\('---b'\) is still/);
  });

  test('a timer', () => {
    expect(() => marbles.run(({ expectObservable }) => void expectObservable(leaking(timer(99))), { horizon: 5 })).toThrow(
      'Left over at the horizon (frame 5):\n- a timer is still set, for frame 99',
    );
  });

  test('what the block subscribed itself and did not end', () => {
    expect(() => marbles.run(({ group }) => void group({ live: '-a' }).subscribe())).toThrow(/still subscribed, since frame 0/);
  });

  test('a block that fails leaves nothing to the next', () => {
    for (let i = 0; i < 2; i++) {
      expect(() =>
        marbles.run(({ group, expectObservable }) => {
          expectObservable(group({ live: '-a' }).pipe(ackAfter(takes(3)))).toBe('');
          throw new Error('mine');
        }),
      ).toThrow('mine');
    }
    marbles.run(({ deliveries, expectObservable }) => void expectObservable(deliveries('|')).toBe('|'));
  });
});

/** Of two entries, the first of which is done at frame 4: how they were settled, and what is pending at the horizon. */
const afterFault: Record<string, [settled: string, pending: string]> = {
  X: ['----a', 'ab'], // the ack is not sent
  H: ['----a', 'b'], // only reading hangs
  L: ['----a', 'b'], // nothing is read any more
  O: ['----a', 'ab'],
  N: ['----a', 'ab'],
  G: ['----a', ''], // gone with its pending list, and made again when something is read
  Q: ['---(rl)', 'ab'], // nothing can be acked: the source fails
};

test.each(Object.entries(afterFault))('closing comes to its end after fault %s too', (fault, [settled, pending]) => {
  marbles.run(({ group, expectObservable, expectSettled, pendingList }) => {
    const before = group({ live: '-(ab)--', faults: `---${fault}` });
    expectObservable(before.pipe(ackAfter(takes(1), { concurrency: 2 })));
    expectSettled(before).toBe('--(ab)');
    const after = group({ live: '-(ab)--', faults: `---${fault}` });
    expectObservable(after.pipe(ackAfter(takes(3))));
    expectSettled(after).toBe(settled, { r: 'release b', l: 'leave a' });
    expect(pendingList(before)).toEqual([]);
    expect(pendingList(after).map(({ name }) => name)).toEqual([...pending]);
  });
});

test('closing may take as long as drainTimeout says', () => {
  const told: string[] = [];
  marbles.run(({ group, expectObservable, now }) => {
    const source = group({
      live: '-a----',
      faults: 'O', // its ack is never taken
      options: { drainTimeout: 3_600_000, notify: ({ type }) => told.push(`${now()} ${type}`) },
    });
    expectObservable(source.pipe(ackAfter(({ value }) => value))).toBe('-a----');
  });
  expect(told.at(-1)).toBe('3600005 closed');
});

test('what the kit tears down at the horizon is no settling of the script', () => {
  marbles.run(({ group, expectObservable, expectSettled, pending }) => {
    const source = group({ live: '-(ab)--' });
    expectObservable(source.pipe(ackAfter(() => NEVER))).toBe('');
    expectSettled(source).toBe('-------');
    expect(pending(source)).toEqual(['a', 'b']);
  });
});

test('it runs without a promise, a real timer or anything else asynchronous', () => {
  const made: string[] = [];
  const hook = createHook({ init: (_, type) => made.push(type) });
  hook.enable();
  try {
    marbles.run(({ group, deliveries, expectObservable, expectSettled }) => {
      const fakes = deliveries('-(ab)-c|');
      const errs = ({ value }: Delivery<string>) => (value === 'b' ? throwError(() => new Error('no')) : of(value));
      expectObservable(fakes.pipe(ackAfter(errs, { onError: 'nack' }))).toBe('-a----c|');
      expectSettled(fakes).toBe('-(an)-c', { n: 'nack b' });
      const source = group({ backlog: 'ab', live: '------(cd)--e', faults: '-------L', options: { bufferSize: 2 } });
      expectObservable(source.pipe(backlogFirst(), ackAfter(takes(1)))).toBe('-ab----cd');
      expectSettled(source).toBe('-ab----cd');
    });
  } finally {
    hook.disable();
  }
  expect(made).toEqual([]);
});

test('the promise of ack() resolves for whoever awaits it outside', async () => {
  const acks: Promise<void>[] = [];
  marbles.run(({ group, deliveries, expectObservable }) => {
    const real = group({ live: '-(ab)', faults: 'O---- 50ms K 500ms -' });
    expectObservable(real.pipe(tap(({ ack }) => acks.push(ack())))).toBe('-(ab)', { a: expect.anything(), b: expect.anything() });
    expectObservable(deliveries('-c').pipe(map(({ ack }) => acks.push(ack())))).toBe('-c', { c: 3 });
  });
  expect(await Promise.all(acks)).toEqual([undefined, undefined, undefined]);
});

test('run() gives what the block gives; an assertion of another kind works too', () => {
  const seen: unknown[] = [];
  const kit = createMarbles((actual) => void seen.push(actual));
  const result = kit.run(({ deliveries, expectSettled, expectObservable }) => {
    const source = deliveries('-a|');
    expectObservable(source.pipe(ackAfter(() => of(1))));
    expectSettled(source).toBe('-a');
    return 42;
  });
  expect(result).toBe(42);
  expect(seen).toEqual([['frame 1: ack a']]);
});
