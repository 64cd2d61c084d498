import { defer, from, NEVER, of, Subject, Subscription } from 'rxjs';
import { describe, expect, it, vi } from 'vitest';
import { ackAfter } from '../../src/operators/ack-after.js';
import type { AckAfterOptions } from '../../src/operators/ack-after-options.js';
import { FakeSession, watch, type FakeDelivery } from '../support/fake-delivery.js';

type Options = AckAfterOptions<FakeDelivery>;

describe('unsubscribing', () => {
  /** Entries 2 and 3 wait behind 1 when it happens. */
  const run = (
    project: (entry: FakeDelivery, stop: () => void) => unknown,
    options: (stop: () => void) => Options = () => ({}),
  ) => {
    const session = new FakeSession();
    const entries = new Subject<FakeDelivery>();
    const subscription = new Subscription();
    const stop = (): void => subscription.unsubscribe();
    const seen: unknown[] = [];
    let pushed = false;
    const rest = session.deliveries(3);
    const stage = ackAfter((entry: FakeDelivery) => {
      if (!pushed) for (const each of ((pushed = true), rest.slice(1))) entries.next(each);
      return project(entry, stop);
    }, options(stop));
    subscription.add(entries.pipe(stage).subscribe({ next: (value) => seen.push(value), complete: () => seen.push('complete') }));
    for (const entry of rest.slice(0, 1)) entries.next(entry);
    return { seen, session, reading: entries.observed };
  };
  const rest = ['released 2', 'released 3'];

  it('inside the project, which returns a value: its work was done', () => {
    expect(run((_, stop) => (stop(), 1))).toMatchObject({ seen: [], session: { settled: [...rest, 'acked 1'] }, reading: false });
  });

  it('inside the project, which returns an Observable: it is not even subscribed', () => {
    const subscribed = vi.fn(() => NEVER);
    expect(run((_, stop) => (stop(), defer(subscribed)))).toMatchObject({ seen: [], session: { settled: [...rest, 'left 1'] } });
    expect(subscribed).not.toHaveBeenCalled();
  });

  it('inside the project, which returns a promise: ignored, its rejection too', async () => {
    const { session } = run((_, stop) => (stop(), Promise.reject(new Error('nobody asked'))));
    await Promise.resolve();
    expect(session.settled).toEqual([...rest, 'left 1']);
  });

  it('inside the project, which throws: the entry is left', () => {
    expect(run((_, stop) => (stop(), fail()))).toMatchObject({ seen: [], session: { settled: [...rest, 'left 1'] } });
  });

  it('inside onError: the choice counts', () => {
    const { seen, session } = run(fail, (stop) => ({ onError: () => (stop(), 'nack') }));
    expect([seen, session.settled]).toEqual([[], [...rest, 'nacked 1']]);
  });

  it('inside key: nothing starts any more', () => {
    const { seen, session } = run(
      () => 1,
      (stop) => ({ key: ({ id }) => (id === '2' ? stop() : id) }),
    );
    expect([seen, session.settled]).toEqual([[1], ['acked 1', 'released 3', 'released 2']]);
  });

  it('inside the notice that the window is too small: the entry never starts', () => {
    const session = new FakeSession({ bufferSize: 1 });
    const entries = new Subject<FakeDelivery>();
    const subscription = entries.pipe(ackAfter(() => 1, { concurrency: 2 })).subscribe();
    session.tell = () => subscription.unsubscribe();
    entries.next(session.delivery('a'));
    expect(session.settled).toEqual(['released a']);
  });
});

describe('ending', () => {
  it('the project completes the source', () => {
    const session = new FakeSession();
    const entries = new Subject<FakeDelivery>();
    const { seen } = watch(
      entries.pipe(
        ackAfter(({ id }) => {
          if (id === '1') {
            entries.next(session.delivery('2'));
            entries.complete();
          }
          return id;
        }),
      ),
    );
    entries.next(session.delivery('1'));
    expect([seen, session.settled]).toEqual([
      ['1', '2', 'complete'],
      ['acked 1', 'acked 2'],
    ]);
  });

  it('the project makes the source fail: it ends, then the error goes downstream', () => {
    const session = new FakeSession();
    const entries = new Subject<FakeDelivery>();
    const { seen } = watch(entries.pipe(ackAfter(({ id }) => (entries.error(new Error('lost')), id))));
    entries.next(session.delivery('1'));
    expect([seen, session.settled]).toEqual([['1', 'error: lost'], ['acked 1']]);
  });

  it('the project has an ack refused twice: what it returns is not followed', () => {
    const session = new FakeSession();
    const { seen } = watch(
      of(session.delivery('1')).pipe(
        ackAfter(() => {
          session.refuse();
          session.refuse();
          return NEVER;
        }),
      ),
    );
    expect([seen, session.settled]).toEqual([['error: refused'], ['left 1']]);
  });

  it('downstream fails in next: the first error is the one', () => {
    const session = new FakeSession();
    const entries = new Subject<FakeDelivery>();
    const { seen } = watch(entries.pipe(ackAfter(({ id }) => (id === '2' ? fail() : id))));
    for (const entry of session.deliveries(3)) entries.next(entry);
    expect([seen, session.settled]).toEqual([
      ['1', 'error: no'],
      ['acked 1', 'left 2'],
    ]);
  });

  it('settling what waits inside the project: its own settling is kept', () => {
    const session = new FakeSession();
    const entries = session.deliveries(2);
    const { seen } = watch(from(entries).pipe(ackAfter(({ id }) => (entries[1]?.nack(), id))));
    expect([seen, session.settled]).toEqual([
      ['1', '2', 'complete'],
      ['nacked 2', 'acked 1'],
    ]);
  });
});

function fail(): never {
  throw new Error('no');
}
