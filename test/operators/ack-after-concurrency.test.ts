import { concat, EMPTY, finalize, from, NEVER, of, Subject, type Observable } from 'rxjs';
import { describe, expect, it } from 'vitest';
import { ackAfter } from '../../src/operators/ack-after.js';
import { FakeSession, watch, type FakeDelivery } from '../support/fake-delivery.js';
import { workshop } from '../support/workshop.js';

const MANY = 100_000;

describe('concurrency', () => {
  it('1, the default: one after another, in stream order', () => {
    const { started, project, end } = workshop();
    const session = new FakeSession();
    watch(from(session.deliveries(3)).pipe(ackAfter(project)));
    expect(started).toEqual(['1']);
    end('1');
    expect(started).toEqual(['1', '2']);
    end('2', '3');
    expect(session.settled).toEqual(['acked 1', 'acked 2', 'acked 3']);
  });

  it('2: a free slot takes the oldest that waits', () => {
    const { started, project, end } = workshop();
    const session = new FakeSession();
    watch(from(session.deliveries(4)).pipe(ackAfter(project, { concurrency: 2 })));
    expect(started).toEqual(['1', '2']);
    end('2');
    expect(started).toEqual(['1', '2', '3']);
    end('3', '1');
    expect(started).toEqual(['1', '2', '3', '4']);
    expect(session.settled).toEqual(['acked 2', 'acked 3', 'acked 1']);
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

  it('Infinity: nobody waits', () => {
    const { started, project } = workshop();
    watch(from(new FakeSession().deliveries(50)).pipe(ackAfter(project, { concurrency: Infinity })));
    expect(started).toHaveLength(50);
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
