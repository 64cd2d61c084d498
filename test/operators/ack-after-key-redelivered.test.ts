/** `key`, where nacked entries come again: nobody of their key passes them meanwhile. */
import { Subject } from 'rxjs';
import { expect, test } from 'vitest';
import { ackAfter } from '../../src/operators/ack-after.js';
import type { AckAfterOptions } from '../../src/operators/ack-after-options.js';
import { FakeSession, watch, type FakeDelivery } from '../support/fake-delivery.js';
import { workshop } from '../support/workshop.js';

function start(ids: string[], options: Partial<AckAfterOptions<FakeDelivery>> = {}) {
  const session = new FakeSession({ redelivers: true, deadLetter: true });
  const shop = workshop();
  const entries = new Subject<FakeDelivery>();
  const stage = ackAfter(shop.project, { concurrency: 2, key: ({ id }) => id[0], onError: 'nack', ...options });
  const { seen, unsubscribe } = watch(session.source(entries).pipe(stage));
  const push = (id: string, from = session): void => entries.next(from.delivery(id));
  for (const id of ids) push(id);
  return { session, entries, push, seen, unsubscribe, ...shop };
}

test('from the nack until it is done, others of its key wait and other keys run', () => {
  const { started, fail, end, push } = start(['a1', 'a2', 'b1']);
  expect(started).toEqual(['a1', 'b1']);
  fail('a1');
  push('a3');
  push('b2');
  push('c1');
  end('b1');
  expect(started).toEqual(['a1', 'b1', 'c1', 'b2']);
  end('c1');
  push('a1');
  expect(started).toEqual(['a1', 'b1', 'c1', 'b2', 'a1']);
  fail('a1');
  end('b2');
  push('a1');
  expect(started.slice(5)).toEqual(['a1']);
  end('a1');
  end('a2');
  end('a3');
  expect(started.slice(5)).toEqual(['a1', 'a2', 'a3']);
});

test('one that came while nobody of its key waits keeps the key all the same', () => {
  const { started, fail, push, end } = start(['a1']);
  fail('a1');
  push('a2');
  expect(started).toEqual(['a1']);
  push('a1');
  end('a1');
  expect(started).toEqual(['a1', 'a1', 'a2']);
});

test('when it is over elsewhere, or will not come, the next of its key runs', () => {
  const { session, started, fail } = start(['a1', 'a2']);
  fail('a1');
  session.forgotten.next({ stream: 'deliveries', id: 'a1' });
  expect(started).toEqual(['a1', 'a2']);
});

test('when it has come and is put away for good, the next of its key runs', () => {
  const failed: string[] = [];
  const onError = (_: unknown, { id }: FakeDelivery) => (failed.push(id) > 1 ? 'reject' : 'nack');
  const { session, started, fail, push } = start(['a1', 'a2'], { onError });
  fail('a1');
  push('a1');
  fail('a1');
  expect(started).toEqual(['a1', 'a1', 'a2']);
  expect(session.settled).toEqual(['nacked a1', 'rejected a1']);
});

test('what is nacked and does not come again holds up nobody', () => {
  const session = new FakeSession();
  const shop = workshop();
  const entries = new Subject<FakeDelivery>();
  watch(entries.pipe(ackAfter(shop.project, { key: () => 0, onError: 'nack' })));
  for (const entry of session.deliveries(2)) entries.next(entry);
  shop.fail('1');
  expect(shop.started).toEqual(['1', '2']);
});

test('an id of another stream or session is another entry', () => {
  const { session, started, fail, push, end } = start(['a1', 'a2']);
  const other = new FakeSession({ redelivers: true });
  fail('a1');
  push('a1', other);
  session.forgotten.next({ stream: 'another', id: 'a1' });
  expect(started).toEqual(['a1']);
  push('a1');
  end('a1');
  expect(started).toEqual(['a1', 'a1', 'a2']);
});

test('a source that stops reading: what waits for it goes back, the rest runs, then it completes', () => {
  const { session, entries, started, fail, end, seen, push } = start(['a1', 'a2', 'b1', 'b2']);
  const other = new FakeSession();
  push('a3', other);
  fail('a1');
  session.forgotten.complete();
  expect(session.settled).toEqual(['nacked a1', 'released a2']);
  expect(started).toEqual(['a1', 'b1', 'a3']);
  entries.complete();
  end('b1');
  end('a3');
  end('b2');
  expect(seen.at(-1)).toBe('complete');
  expect(session.open.size + other.open.size).toBe(0);
});

test('unsubscribed while a key waits: all of it goes back, and nothing is listened to', () => {
  const { session, started, fail, unsubscribe } = start(['a1', 'a2', 'a3', 'b1']);
  fail('a1');
  unsubscribe();
  expect(session.settled).toEqual(['nacked a1', 'released a2', 'released a3', 'left b1']);
  expect([session.forgotten.observed, session.refusals.observed, started]).toEqual([false, false, ['a1', 'b1']]);
});

test('a key that throws is nobody’s key: what was nacked for it holds up nobody', () => {
  const key = ({ id }: FakeDelivery): string => {
    if (id === 'x') throw new Error('no key');
    return 'same';
  };
  const { started, session, push } = start(['x', 'a1'], { key });
  expect([started, session.settled]).toEqual([['a1'], ['nacked x']]);
  push('x');
  expect(session.settled).toEqual(['nacked x', 'nacked x']);
});

test('an array keeps its key until all of its members have come, together or one by one', () => {
  const session = new FakeSession({ redelivers: true });
  const shop = { started: [] as string[][], fails: true };
  const entries = new Subject<FakeDelivery[]>();
  const project = (members: FakeDelivery[]): void => {
    shop.started.push(members.map(({ id }) => id));
    if (shop.fails) throw new Error('no');
  };
  watch(entries.pipe(ackAfter(project, { key: () => 0, onError: 'nack' })));
  const push = (...ids: string[]): void => entries.next(ids.map((id) => session.delivery(id)));
  push('1', '2');
  shop.fails = false;
  push('3');
  push('2');
  expect(shop.started).toEqual([['1', '2'], ['2']]);
  push('4', '1');
  expect(shop.started).toEqual([['1', '2'], ['2'], ['4', '1'], ['3']]);
});
