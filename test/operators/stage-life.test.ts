import { concat, config, EMPTY, finalize, from, NEVER, Observable, of, repeat, Subject, Subscription, takeUntil } from 'rxjs';
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { AckError } from '../../src/errors.js';
import { ackAfter } from '../../src/operators/ack-after.js';
import { FakeSession, watch, type FakeDelivery } from '../support/fake-delivery.js';

it('stopping ends reading before it gives anything back: the room that makes is not read into', () => {
  const session = new FakeSession();
  const source = new Subject<FakeDelivery>();
  const first = new Subject<never>();
  watch(source.pipe(ackAfter(() => first)));
  for (const entry of session.deliveries(3)) source.next(entry);
  const log = session.log.push.bind(session.log);
  let room = 5;
  session.log.push = (...settled) => {
    if (settled.some(({ as }) => as === 'released') && room-- > 0) source.next(session.delivery());
    return log(...settled);
  };
  first.error(new Error('no'));
  expect([session.settled, session.taken]).toEqual([
    ['left 1', 'released 2', 'released 3'],
    ['1', '2', '3'],
  ]);
});

it('a client that has ended ends the stage at once, with what runs', () => {
  const session = new FakeSession();
  const { seen } = watch(concat(from(session.deliveries(2)), NEVER).pipe(ackAfter(() => NEVER)));
  session.refusals.next(new AckError('CLIENT_ENDED', 'ended', { unconfirmed: [] }));
  expect([seen, session.settled]).toEqual([['error: ended'], ['released 2', 'left 1']]);
});

it('has left its source when it says that it has ended: repeat() below subscribes it alone', () => {
  const session = new FakeSession();
  const stop = new Subject<void>();
  let active = 0;
  const most: number[] = [];
  const source = new Observable<FakeDelivery>((subscriber) => {
    most.push(++active);
    subscriber.add(() => active--);
    subscriber.next(session.delivery());
  });
  const { unsubscribe } = watch(source.pipe(takeUntil(stop), ackAfter(), repeat(2)));
  stop.next();
  expect(most).toEqual([1, 1]);
  unsubscribe();
  expect(active).toBe(0);
});

it('what is given back frees its key, so that the next of it is given back, too', () => {
  const [whole, torn] = [new FakeSession(), new FakeSession()];
  const first = new Subject<never>();
  const entries = [whole.delivery('1'), torn.delivery('2'), torn.delivery('3'), whole.delivery('4')];
  const project = ({ id }: FakeDelivery): unknown => (id === '1' ? first : id);
  const { seen } = watch(from(entries).pipe(ackAfter(project, { key: () => 'same' })));
  torn.torn = true;
  first.complete();
  expect([seen, torn.settled, whole.settled]).toEqual([
    ['4', 'complete'],
    ['released 2', 'released 3'],
    ['acked 1', 'acked 4'],
  ]);
});

it('tears down a project before the end it leads to', () => {
  const events: string[] = [];
  of(new FakeSession().delivery())
    .pipe(ackAfter(() => EMPTY.pipe(finalize(() => events.push('torn down')))))
    .subscribe({ complete: () => events.push('complete') });
  expect(events).toEqual(['torn down', 'complete']);
});

describe('sends nothing after the end, not even into the void', () => {
  beforeEach(() => {
    vi.useFakeTimers();
  });
  afterEach(() => {
    config.onStoppedNotification = null;
    vi.useRealTimers();
  });

  it('the value of a project that has unsubscribed the stage', () => {
    const late = vi.fn();
    config.onStoppedNotification = late;
    const session = new FakeSession();
    const source = new Subject<FakeDelivery>();
    const subscription = new Subscription();
    subscription.add(source.pipe(ackAfter(() => (subscription.unsubscribe(), 1))).subscribe());
    source.next(session.delivery('a'));
    vi.runAllTimers();
    expect([late.mock.calls, session.settled]).toEqual([[], ['acked a']]);
  });
});
