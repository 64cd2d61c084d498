import { EMPTY, from, map, NEVER, of, Subject, Subscription, take, throwError } from 'rxjs';
import { describe, expect, it, vi } from 'vitest';
import { ackAfter } from '../../src/operators/ack-after.js';
import { ackUnless } from '../../src/operators/ack-unless.js';
import { FakeSession, watch, type FakeDelivery } from '../support/fake-delivery.js';
import { marbles } from '../support/marbles.js';

const odd = ({ id }: FakeDelivery): boolean => Number(id) % 2 === 1;

describe('ackUnless', () => {
  it('never, empty', () => {
    expect(watch(NEVER.pipe(ackUnless(() => true))).seen).toEqual([]);
    expect(watch(EMPTY.pipe(ackUnless(() => true))).seen).toEqual(['complete']);
  });

  it('one that passes is untouched', () => {
    const session = new FakeSession();
    const entry = session.delivery('1');
    const seen: unknown[] = [];
    of(entry)
      .pipe(ackUnless(odd))
      .subscribe((each) => seen.push(each));
    expect(seen).toEqual([entry]);
    expect([session.taken, session.log]).toEqual([[], []]);
  });

  it('many: acks what it drops, in its own next', () => {
    const session = new FakeSession();
    const source = new Subject<FakeDelivery>();
    const { seen } = watch(source.pipe(ackUnless(odd)));
    for (const entry of session.deliveries(4)) {
      source.next(entry);
      if (entry.id === '2') expect(session.settled).toEqual(['acked 2']);
    }
    expect([seen, session.settled, session.taken]).toEqual([
      ['1', '3'],
      ['acked 2', 'acked 4'],
      ['2', '4'],
    ]);
  });

  it('hands out the index', () => {
    const predicate = vi.fn(() => true);
    const entries = new FakeSession().deliveries(2);
    watch(from(entries).pipe(ackUnless(predicate)));
    expect(predicate.mock.calls).toEqual([
      [entries[0], 0],
      [entries[1], 1],
    ]);
  });

  it('in the frame it came', () => {
    marbles.run(({ deliveries, expectObservable, expectSettled, pending }) => {
      const source = deliveries('-a-b-|');
      const passed = source.pipe(
        ackUnless(({ value }) => value === 'b'),
        map(({ value }) => value),
      );
      expectObservable(passed).toBe('---b-|');
      expectSettled(source).toBe('-a----');
      expect(pending(source)).toEqual(['b']);
    });
  });

  it('completes only after its acks are confirmed', () => {
    const session = new FakeSession();
    session.holdBack();
    const { seen } = watch(from(session.deliveries(2)).pipe(ackUnless(() => false)));
    expect(seen).toEqual([]);
    session.confirm();
    expect(seen).toEqual(['complete']);
  });

  it('waits for nobody when everything passed', () => {
    const session = new FakeSession();
    session.holdBack();
    expect(watch(from(session.deliveries(1)).pipe(ackUnless(() => true))).seen).toEqual(['1', 'complete']);
  });

  it('a source error goes downstream after its acks are confirmed', () => {
    const session = new FakeSession();
    session.holdBack();
    const source = new Subject<FakeDelivery>();
    const { seen } = watch(source.pipe(ackUnless(odd)));
    for (const entry of session.deliveries(2)) source.next(entry);
    source.error(new Error('lost'));
    expect(seen).toEqual(['1']);
    session.confirm();
    expect(seen).toEqual(['1', 'error: lost']);
    expect(watch(throwError(() => new Error('lost')).pipe(ackUnless(odd))).seen).toEqual(['error: lost']);
  });

  it('a predicate that throws: the entry is left, reading stops, the error follows confirmed acks', () => {
    const session = new FakeSession();
    session.holdBack();
    const source = new Subject<FakeDelivery>();
    const predicate = ({ id }: FakeDelivery): boolean => {
      if (id === '2') throw new Error('no');
      return false;
    };
    const { seen } = watch(source.pipe(ackUnless(predicate)));
    for (const entry of session.deliveries(3)) source.next(entry);
    expect([session.settled, source.observed, seen]).toEqual([['acked 1', 'left 2'], false, []]);
    session.confirm();
    expect(seen).toEqual(['error: no']);
  });

  it('a refused ack stops it; while it ends already, at once', () => {
    const running = new FakeSession();
    const source = new Subject<FakeDelivery>();
    const first = watch(source.pipe(ackUnless(() => false)));
    source.next(running.delivery());
    running.refuse();
    expect([first.seen, source.observed, running.refusals.observed]).toEqual([['error: refused'], false, false]);

    const ending = new FakeSession();
    ending.holdBack();
    const second = watch(of(ending.delivery()).pipe(ackUnless(() => false)));
    ending.refuse('DRAIN_TIMEOUT');
    expect(second.seen).toEqual(['error: refused']);
  });

  it('early unsubscribe: stops reading and leaves no listener', () => {
    const session = new FakeSession();
    const source = new Subject<FakeDelivery>();
    const { unsubscribe } = watch(source.pipe(ackUnless(() => false)));
    source.next(session.delivery());
    unsubscribe();
    expect([source.observed, session.refusals.observed]).toEqual([false, false]);
    expect(watch(from(session.deliveries(3)).pipe(ackUnless(odd), take(1))).seen).toEqual(['3', 'complete']);
  });

  it('subscribed twice: an index each', () => {
    const indices: number[] = [];
    const stage = of(new FakeSession().delivery()).pipe(ackUnless((_, index) => indices.push(index) > 0));
    watch(stage);
    watch(stage);
    expect(indices).toEqual([0, 0]);
  });

  it('re-entrant next, inside next and inside the predicate', () => {
    const session = new FakeSession();
    const source = new Subject<FakeDelivery>();
    const seen: string[] = [];
    const predicate = (entry: FakeDelivery): boolean => {
      if (entry.id === '3') source.next(session.delivery('4'));
      return odd(entry);
    };
    source.pipe(ackUnless(predicate)).subscribe(({ id }) => {
      seen.push(id);
      if (id === '1') source.next(session.delivery('2'));
    });
    source.next(session.delivery('1'));
    source.next(session.delivery('3'));
    expect([seen, session.settled]).toEqual([
      ['1', '3'],
      ['acked 2', 'acked 4'],
    ]);
  });

  it('unsubscribed inside the predicate: what it says still counts for the ack', () => {
    const session = new FakeSession();
    const source = new Subject<FakeDelivery>();
    const subscription = new Subscription();
    subscription.add(source.pipe(ackUnless(() => (subscription.unsubscribe(), false))).subscribe());
    source.next(session.delivery('a'));
    expect([session.settled, session.refusals.observed]).toEqual([['acked a'], false]);
  });

  it('what is no entry is a TypeError that names mapValue', () => {
    const told = [expect.stringMatching(/^error: ackUnless works on entries .*mapValue/)];
    expect(watch(of(7 as unknown as FakeDelivery).pipe(ackUnless(() => true))).seen).toEqual(told);
    expect(watch(of(new FakeSession().deliveries(2) as unknown as FakeDelivery).pipe(ackUnless(() => true))).seen).toEqual(told);
  });

  it('above ackAfter', () => {
    const session = new FakeSession();
    const { seen } = watch(
      from(session.deliveries(4)).pipe(
        ackUnless(odd),
        ackAfter(({ id }) => id),
      ),
    );
    expect([seen, session.settled]).toEqual([
      ['1', '3', 'complete'],
      ['acked 1', 'acked 2', 'acked 3', 'acked 4'],
    ]);
  });
});
