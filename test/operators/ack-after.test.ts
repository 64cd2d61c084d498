import { defer, EMPTY, finalize, firstValueFrom, from, map, NEVER, of, Subject, throwError } from 'rxjs';
import { describe, expect, it } from 'vitest';
import { ackAfter } from '../../src/operators/ack-after.js';
import { FakeSession, watch, type FakeDelivery } from '../support/fake-delivery.js';

describe('ackAfter', () => {
  it('never: emits nothing and settles nothing', () => {
    const { seen } = watch(NEVER.pipe(ackAfter(() => 1)));
    expect(seen).toEqual([]);
  });

  it('empty: completes', () => {
    expect(watch(EMPTY.pipe(ackAfter(() => 1))).seen).toEqual(['complete']);
  });

  it('one: acks it and emits what the project gave', () => {
    const session = new FakeSession();
    const { seen } = watch(of(session.delivery('a')).pipe(ackAfter(({ id }) => `did ${id}`)));
    expect(seen).toEqual(['did a', 'complete']);
    expect(session.settled).toEqual(['acked a']);
  });

  it('many: in order, each taken during its own next', () => {
    const session = new FakeSession();
    const entries = new Subject<FakeDelivery>();
    const { seen } = watch(entries.pipe(ackAfter((_, index) => index)));
    for (const entry of session.deliveries(3)) {
      entries.next(entry);
      expect(session.taken).toEqual(session.log.map(({ id }) => id));
    }
    expect(session.settled).toEqual(['acked 1', 'acked 2', 'acked 3']);
    expect(seen).toEqual(['0', '1', '2']);
  });

  it('takes what it cannot start yet', () => {
    const session = new FakeSession();
    watch(from(session.deliveries(3)).pipe(ackAfter(() => NEVER)));
    expect(session.taken).toEqual(['1', '2', '3']);
    expect(session.log).toEqual([]);
  });

  it('error: passes the error of the source on', () => {
    expect(watch(throwError(() => new Error('lost')).pipe(ackAfter(() => 1))).seen).toEqual(['error: lost']);
  });

  it('without a project acks what reaches it, passes it on, and follows nothing', () => {
    const session = new FakeSession();
    const [one, two] = [session.delivery('a'), session.delivery('b')];
    const seen: unknown[] = [];
    of(one, two)
      .pipe(ackAfter())
      .subscribe((entry) => seen.push(entry, ...session.settled));
    expect(seen).toEqual([one, 'acked a', two, 'acked a', 'acked b']);
  });

  it('takes options without a project', () => {
    const session = new FakeSession();
    expect(watch(of(session.delivery('a')).pipe(ackAfter(undefined, { concurrency: 2 }))).seen).toEqual(['a', 'complete']);
  });

  it('subscribed twice: two runs that share nothing', () => {
    const sessions: FakeSession[] = [];
    const stage = defer(() => {
      const session = new FakeSession();
      sessions.push(session);
      return from(session.deliveries(2));
    }).pipe(ackAfter((_, index) => index));
    expect([watch(stage).seen, watch(stage).seen]).toEqual(Array(2).fill(['0', '1', 'complete']));
    expect(sessions.map(({ settled }) => settled)).toEqual(Array(2).fill(['acked 1', 'acked 2']));
  });

  it('starts nothing before it is subscribed', () => {
    let calls = 0;
    void of(new FakeSession().delivery()).pipe(ackAfter(() => calls++));
    expect(calls).toBe(0);
  });

  it('early unsubscribe: cancels what runs, gives back what has not started, and stops reading', () => {
    const session = new FakeSession();
    const entries = new Subject<FakeDelivery>();
    let cancelled = 0;
    const { seen, unsubscribe } = watch(
      entries.pipe(ackAfter(() => NEVER.pipe(finalize(() => cancelled++)), { concurrency: 2 })),
    );
    for (const entry of session.deliveries(4)) entries.next(entry);
    unsubscribe();
    expect(session.settled).toEqual(['released 3', 'released 4', 'left 1', 'left 2']);
    expect([seen, cancelled, entries.observed]).toEqual([[], 2, false]);
  });

  it('a synchronous source can be stopped while it emits', async () => {
    const session = new FakeSession();
    await firstValueFrom(from(session.deliveries(3)).pipe(ackAfter()));
    expect(session.settled).toEqual(['acked 1']);
    expect(session.taken).toEqual(['1']);
  });

  it('what is no entry is a TypeError that says so and names mapValue', () => {
    const session = new FakeSession();
    const { seen } = watch(
      of(session.delivery()).pipe(
        map(({ id }) => id as never),
        ackAfter(),
      ),
    );
    expect(seen).toEqual([expect.stringMatching(/^error: ackAfter works on entries .* but got a string: .*mapValue/)]);
  });

  it('mapValue keeps an entry an entry', () => {
    const session = new FakeSession();
    const mapped = of(session.delivery('a')).pipe(map((entry) => entry.mapValue(() => 7)));
    expect(watch(mapped.pipe(ackAfter(({ value }) => value + 1))).seen).toEqual(['8', 'complete']);
    expect(session.settled).toEqual(['acked a']);
  });

  it('what the project has settled itself stays as it is', () => {
    const session = new FakeSession();
    const { seen } = watch(from(session.deliveries(2)).pipe(ackAfter((entry) => (entry.id === '1' ? entry.nack() : undefined))));
    expect(session.settled).toEqual(['nacked 1', 'acked 2']);
    expect(seen).toEqual(['undefined', 'undefined', 'complete']);
  });

  it('tells once per session when the window is too small for its concurrency', () => {
    const small = new FakeSession({ bufferSize: 4 });
    watch(from(small.deliveries(3)).pipe(ackAfter(() => 1, { concurrency: 5 })));
    expect(small.told).toEqual([{ type: 'window-too-small', bufferSize: 4, concurrency: 5 }]);
    const enough = new FakeSession({ bufferSize: 4 });
    watch(from(enough.deliveries(3)).pipe(ackAfter(() => 1, { concurrency: 4 })));
    watch(from(enough.deliveries(3)).pipe(ackAfter(() => 1, { concurrency: Infinity })));
    expect(enough.told).toEqual([]);
  });
});
