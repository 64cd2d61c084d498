import { finalize, from, of, Subject, throwError } from 'rxjs';
import { describe, expect, it, vi } from 'vitest';
import { isStreamsError } from '../../src/errors.js';
import { ackAfter } from '../../src/operators/ack-after.js';
import type { ErrorAction } from '../../src/operators/settle-failure.js';
import { FakeSession, watch, type FakeDelivery } from '../support/fake-delivery.js';

const boom = new Error('boom');
const boomFor =
  (...ids: string[]) =>
  ({ id }: FakeDelivery): string => {
    if (ids.includes(id)) throw boom;
    return id;
  };

describe.each([
  [
    'throws',
    () => {
      throw boom;
    },
  ],
  ['errors', () => throwError(() => boom)],
  ['rejects', () => Promise.reject(boom)],
  ['rejects as an iterable', () => ReadableStream.from([Promise.reject(boom)])],
  [
    'throws in then',
    () => ({
      then: () => {
        throw boom;
      },
    }),
  ],
  [
    'has a then that throws',
    () => ({
      get then() {
        throw boom;
      },
    }),
  ],
] as [string, () => unknown][])('a project that %s', (_, project) => {
  const run = async (onError: ErrorAction | undefined, session = new FakeSession({ deadLetter: true })) => {
    const source = new Subject<FakeDelivery>();
    const { seen } = watch(source.pipe(ackAfter(project, { ...(onError && { onError }) })));
    for (const entry of session.deliveries(2)) source.next(entry);
    await new Promise((resolve) => setImmediate(resolve));
    return { seen, session, reading: source.observed };
  };

  it("'throw', the default: leaves the entry, gives back the rest, stops reading", async () => {
    const { seen, session, reading } = await run(undefined);
    expect(session.settled[0]).toBe('left 1');
    expect([undefined, 'released 2']).toContain(session.settled[1]); // a synchronous failure comes before the second arrives
    expect([seen, reading]).toEqual([['error: boom'], false]);
  });

  it("'nack' goes on", async () => {
    const { seen, session, reading } = await run('nack');
    expect([seen, session.settled, reading]).toEqual([[], ['nacked 1', 'nacked 2'], true]);
  });

  it("'reject' hands over the error and goes on", async () => {
    const { seen, session, reading } = await run('reject');
    expect(session.log).toEqual([
      { id: '1', as: 'rejected', reason: boom, at: 0 },
      { id: '2', as: 'rejected', reason: boom, at: 0 },
    ]);
    expect([seen, reading]).toEqual([[], true]);
  });
});

describe("onError 'throw'", () => {
  it('what runs ends, its values are seen, its acks confirmed, and only then the error goes downstream', () => {
    const session = new FakeSession();
    const source = new Subject<FakeDelivery>();
    const works = new Map<string, Subject<string>>();
    const project = ({ id }: FakeDelivery) => {
      const work = new Subject<string>();
      works.set(id, work);
      return work;
    };
    const { seen } = watch(source.pipe(ackAfter(project, { concurrency: 3 })));
    for (const entry of session.deliveries(5)) source.next(entry);
    session.holdBack();
    works.get('1')?.error(boom);
    expect(session.settled).toEqual(['left 1', 'released 4', 'released 5']);
    expect([source.observed, seen]).toEqual([false, []]);

    works.get('2')?.next('two');
    works.get('2')?.complete();
    works.get('3')?.error(new Error('second'));
    expect(session.settled.slice(3)).toEqual(['acked 2', 'left 3']);
    expect(seen).toEqual(['two']);
    session.confirm();
    expect(seen).toEqual(['two', 'error: boom']);
  });

  it('an entry settled by its failing project stays as it was settled', () => {
    const session = new FakeSession();
    const project = (entry: FakeDelivery): void => {
      entry.nack();
      throw boom;
    };
    expect(watch(of(session.delivery('a')).pipe(ackAfter(project))).seen).toEqual(['error: boom']);
    expect(session.settled).toEqual(['nacked a']);
  });

  it('after the source has completed, too', () => {
    const session = new FakeSession();
    const first = new Subject<never>();
    const { seen } = watch(from(session.deliveries(3)).pipe(ackAfter(() => first)));
    first.error(boom);
    expect([seen, session.settled]).toEqual([['error: boom'], ['left 1', 'released 2', 'released 3']]);
  });
});

describe("onError 'reject'", () => {
  it('without a dead-letter stream: stops with NO_DEAD_LETTER, caused by the error', () => {
    const session = new FakeSession();
    let error: unknown;
    from(session.deliveries(2))
      .pipe(ackAfter(boomFor('1'), { onError: 'reject' }))
      .subscribe({
        error: (each: unknown) => {
          error = each;
        },
      });
    expect(isStreamsError(error) && [error.code, error.cause]).toEqual(['NO_DEAD_LETTER', boom]);
    expect(session.settled).toEqual(['left 1']);
  });

  it('of an array: all of its members', () => {
    const session = new FakeSession({ deadLetter: true });
    const project = (): never => {
      throw boom;
    };
    expect(watch(of(session.deliveries(2)).pipe(ackAfter(project, { onError: 'reject' }))).seen).toEqual(['complete']);
    expect(session.settled).toEqual(['rejected 1', 'rejected 2']);
  });
});

it('tears down what it followed', () => {
  const torn = vi.fn();
  watch(
    from(new FakeSession().deliveries(2)).pipe(ackAfter(() => throwError(() => boom).pipe(finalize(torn)), { onError: 'nack' })),
  );
  expect(torn).toHaveBeenCalledTimes(2);
});
