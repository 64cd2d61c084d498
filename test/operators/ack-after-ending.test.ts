import {
  concat,
  EMPTY,
  finalize,
  from,
  merge,
  NEVER,
  of,
  repeat,
  Subject,
  take,
  takeUntil,
  throwError,
  type Observable,
} from 'rxjs';
import { describe, expect, it } from 'vitest';
import { ackAfter } from '../../src/operators/ack-after.js';
import { FakeSession, watch, type FakeDelivery } from '../support/fake-delivery.js';

/** Entry 1 runs until `first` ends; the others take no time. */
function start(session: FakeSession, source: Observable<FakeDelivery>, concurrency = 1) {
  const first = new Subject<string>();
  const project = ({ id }: FakeDelivery): unknown => (id === '1' ? first : id);
  return { first, session, ...watch(source.pipe(ackAfter(project, { concurrency }))) };
}

describe('the source completes', () => {
  it('what waits still runs, and completion waits for confirmed acks', () => {
    const session = new FakeSession();
    session.holdBack();
    const { first, seen } = start(session, from(session.deliveries(3)));
    first.complete();
    expect([seen, session.settled]).toEqual([
      ['2', '3'],
      ['acked 1', 'acked 2', 'acked 3'],
    ]);
    session.confirm();
    expect(seen).toEqual(['2', '3', 'complete']);
  });

  it('waits for every session', () => {
    const [one, two] = [new FakeSession(), new FakeSession()];
    for (const session of [one, two]) session.holdBack();
    const { seen } = watch(merge(from(one.deliveries(1)), from(two.deliveries(1))).pipe(ackAfter()));
    one.confirm();
    expect(seen).toEqual(['1', '1']);
    two.confirm();
    expect(seen).toEqual(['1', '1', 'complete']);
  });

  it('forgets sessions that are closed', () => {
    const sessions = Array.from({ length: 3 }, () => new FakeSession());
    const { seen } = watch(
      concat(...sessions.map((session) => of(session.delivery()).pipe(finalize(() => session.refusals.complete()))), NEVER).pipe(
        ackAfter(),
      ),
    );
    expect(seen).toHaveLength(3);
    expect(sessions.map(({ refusals }) => refusals.observed)).toEqual([false, false, false]);
  });
});

describe('takeUntil above', () => {
  const stopped = (session: FakeSession, concurrency?: number) => {
    const stop = new Subject<void>();
    const source = session.source(concat(from(session.deliveries(4)), NEVER)).pipe(takeUntil(stop));
    return { stop, ...start(session, source, concurrency) };
  };

  it('what runs ends, what has not started is given back at once', () => {
    const { first, stop, seen, session } = stopped(new FakeSession());
    stop.next();
    expect([seen, session.settled]).toEqual([[], ['released 2', 'released 3', 'released 4']]);
    first.next('one');
    first.complete();
    expect([seen, session.settled]).toEqual([
      ['one', 'complete'],
      ['released 2', 'released 3', 'released 4', 'acked 1'],
    ]);
  });

  it('fired by the project itself', () => {
    const session = new FakeSession();
    const stop = new Subject<void>();
    const entries = new Subject<FakeDelivery>();
    const queued = session.deliveries(3);
    const project = ({ id }: FakeDelivery): string => {
      if (id === '1') for (const entry of queued.slice(1)) entries.next(entry);
      if (id === '2') stop.next();
      return id;
    };
    const { seen } = watch(session.source(entries).pipe(takeUntil(stop), ackAfter(project)));
    for (const entry of queued.slice(0, 1)) entries.next(entry);
    expect([seen, session.settled]).toEqual([
      ['1', '2', 'complete'],
      ['acked 1', 'released 3', 'acked 2'],
    ]);
  });

  it('an array is given back when any of it belongs to a torn source', () => {
    const [torn, whole] = [new FakeSession(), new FakeSession()];
    const first = new Subject<never>();
    const { seen } = watch(
      of([whole.delivery('1')], [torn.delivery('2'), whole.delivery('3')]).pipe(
        ackAfter(([entry]) => (entry?.id === '1' ? first : 1)),
      ),
    );
    torn.torn = true;
    first.complete();
    expect([seen, torn.settled, whole.settled]).toEqual([['complete'], ['released 2'], ['acked 1', 'released 3']]);
  });
});

it('the source errors: what waits is given back, what runs ends, acks are confirmed, then the error', () => {
  const session = new FakeSession();
  session.holdBack();
  const source = concat(
    from(session.deliveries(3)),
    throwError(() => new Error('lost')),
  );
  const { first, seen } = start(session, source);
  expect(session.settled).toEqual(['released 2', 'released 3']);
  first.complete();
  expect(session.settled).toEqual(['released 2', 'released 3', 'acked 1']);
  expect(seen).toEqual([]);
  session.confirm();
  expect(seen).toEqual(['error: lost']);
});

describe('an ack is refused', () => {
  it('while running: stops like a failing project', () => {
    const session = new FakeSession();
    const source = new Subject<FakeDelivery>();
    const { first, seen } = start(session, source);
    for (const entry of session.deliveries(2)) source.next(entry);
    session.refuse();
    expect([session.settled, source.observed, seen]).toEqual([['released 2'], false, []]);
    first.complete();
    expect([session.settled, seen]).toEqual([['released 2', 'acked 1'], ['error: refused']]);
    expect(session.refusals.observed).toBe(false);
  });

  it('while what waits still runs after completion: ends at once', () => {
    const session = new FakeSession();
    const { seen } = start(session, from(session.deliveries(3)));
    session.refuse('DRAIN_TIMEOUT');
    expect([seen, session.settled]).toEqual([['error: refused'], ['released 2', 'released 3', 'left 1']]);
  });

  it('because drainTimeout ran out before the source could end: ends at once', () => {
    const session = new FakeSession();
    const source = new Subject<FakeDelivery>();
    const { seen } = start(session, source);
    for (const entry of session.deliveries(2)) source.next(entry);
    session.refuse('DRAIN_TIMEOUT');
    expect([seen, session.settled, source.observed]).toEqual([['error: refused'], ['released 2', 'left 1'], false]);
  });

  it('while waiting for confirmation: ends at once', () => {
    const session = new FakeSession();
    session.holdBack();
    const { seen } = watch(of(session.delivery('a')).pipe(ackAfter()));
    session.refuse('DRAIN_TIMEOUT');
    session.confirm();
    expect(seen).toEqual(['a', 'error: refused']);
  });

  it('while stopping for another error: that one wins', () => {
    const session = new FakeSession();
    const source = concat(
      from(session.deliveries(2)),
      throwError(() => new Error('lost')),
    );
    const { seen } = start(session, source);
    session.refuse('DRAIN_TIMEOUT');
    expect([seen, session.settled]).toEqual([['error: lost'], ['released 2', 'left 1']]);
  });

  it('when the session is met: the entry never starts', () => {
    const session = new FakeSession();
    const refused = throwError(() => new Error('refused before'));
    Object.assign(session, { refused });
    expect(watch(of(session.delivery('a')).pipe(ackAfter())).seen).toEqual(['error: refused before']);
    expect(session.settled).toEqual(['released a']);
  });
});

it('unsubscribed while waiting for confirmation: hears no more', () => {
  const session = new FakeSession();
  session.holdBack();
  const { seen, unsubscribe } = watch(of(session.delivery('a')).pipe(ackAfter()));
  unsubscribe();
  session.confirm();
  expect([seen, session.refusals.observed]).toEqual([['a'], false]);
});

it('repeat() below starts afresh', () => {
  const session = new FakeSession();
  const { seen } = watch(of(session.delivery('a')).pipe(ackAfter(), repeat(2), take(5)));
  expect(seen).toEqual(['a', 'a', 'complete']);
  expect(watch(EMPTY.pipe(ackAfter(), repeat(2))).seen).toEqual(['complete']);
});
