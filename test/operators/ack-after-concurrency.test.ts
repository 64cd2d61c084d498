import { concat, EMPTY, finalize, from, NEVER, of, Subject, type Observable } from 'rxjs';
import { describe, expect, it } from 'vitest';
import { ackAfter } from '../../src/operators/ack-after.js';
import { FakeSession, watch, type FakeDelivery } from '../support/fake-delivery.js';
import { marbles } from '../support/marbles.js';
import { timedWork } from '../support/timed-work.js';

const MANY = 100_000;

describe('concurrency', () => {
  it('1, the default: one after another, in stream order', () => {
    marbles.run(({ deliveries, expectObservable, expectSettled, pending, now }) => {
      const { began, work } = timedWork(now, { a: 6, b: 1, c: 3 });
      const source = deliveries('(abc)------');
      expectObservable(source.pipe(ackAfter(work))).toBe('------ab--c');
      expectSettled(source).toBe('------ab--c');
      expect(pending()).toEqual([]);
      expect(began).toEqual(['a 0', 'b 6', 'c 7']);
    });
  });

  it('2: a free slot takes the oldest that waits', () => {
    marbles.run(({ deliveries, expectObservable, expectSettled, pending, now }) => {
      const { began, work } = timedWork(now, { a: 6, b: 1, c: 3, d: 4 });
      const source = deliveries('(abcd)-----');
      expectObservable(source.pipe(ackAfter(work, { concurrency: 2 }))).toBe('-b--c-a-d');
      expectSettled(source).toBe('-b--c-a-d');
      expect(pending()).toEqual([]);
      expect(began).toEqual(['a 0', 'b 0', 'c 1', 'd 4']);
    });
  });

  it('Infinity: nobody waits', () => {
    marbles.run(({ deliveries, expectObservable, flush, now }) => {
      const { began, work } = timedWork(now, {});
      const letters = 'abcdefghijklmnopqrstuvwxyz';
      expectObservable(deliveries(`(${letters}|)`).pipe(ackAfter(work, { concurrency: Infinity }))).toBe(`(${letters}|)`);
      flush();
      expect(began).toEqual([...letters].map((letter) => `${letter} 0`));
    });
  });

  it('what a project holds until its teardown is free when the next begins', () => {
    const events: string[] = [];
    const project = ({ id }: FakeDelivery): Observable<never> => {
      events.push(`begin ${id}`);
      return EMPTY.pipe(finalize(() => events.push(`end ${id}`)));
    };
    watch(from(new FakeSession().deliveries(2)).pipe(ackAfter(project)));
    expect(events).toEqual(['begin 1', 'end 1', 'begin 2', 'end 2']);
  });
});

describe('100,000 entries at once keep the stack flat', () => {
  const projects = { 'a value': () => 1, 'a synchronous Observable': () => of(1), 'a failing project': () => fail() };
  const fail = (): never => {
    throw new Error('no');
  };
  for (const [what, project] of Object.entries(projects)) {
    it.each([{}, { key: ({ id }: FakeDelivery) => id }, { key: () => 0 }])(`queued behind the first: ${what}, %o`, (options) => {
      const session = new FakeSession({ bufferSize: MANY });
      const first = new Subject<number>();
      const entries = session.deliveries(MANY);
      let emitted = 0;
      concat(from(entries), NEVER)
        .pipe(ackAfter((entry): unknown => (entry.id === '1' ? first : project()), { ...options, onError: 'nack' }))
        .subscribe(() => emitted++);
      expect(session.log).toHaveLength(0);
      first.complete();
      expect(session.log).toHaveLength(MANY);
      expect(session.log.every(({ id }, i) => id === String(i + 1))).toBe(true);
      expect(emitted).toBe(what === 'a failing project' ? 0 : MANY - 1);
    });
  }

  it('pushed one inside the other', () => {
    const session = new FakeSession();
    const entries = new Subject<FakeDelivery>();
    let count = 0;
    entries.pipe(ackAfter(() => of(1), { concurrency: 4 })).subscribe(() => {
      if (++count < MANY) entries.next(session.delivery());
    });
    entries.next(session.delivery());
    expect(count).toBe(MANY);
  });
});
