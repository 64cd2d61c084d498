import { Subject } from 'rxjs';
import { describe, expect, it } from 'vitest';
import { ackAfter } from '../../src/operators/ack-after.js';
import { FakeSession, watch, type FakeDelivery } from '../support/fake-delivery.js';

describe('pushing', () => {
  it('inside next: order stays', () => {
    const session = new FakeSession();
    const entries = new Subject<FakeDelivery>();
    const seen: string[] = [];
    entries.pipe(ackAfter(({ id }) => id, { concurrency: 3 })).subscribe((id) => {
      if (id === '1') for (const entry of more) entries.next(entry);
      seen.push(id);
    });
    const [first, ...more] = session.deliveries(3);
    if (first) entries.next(first);
    expect([seen, session.settled]).toEqual([
      ['1', '2', '3'],
      ['acked 1', 'acked 2', 'acked 3'],
    ]);
  });

  it('inside the project: runs after it, at any concurrency', () => {
    const session = new FakeSession();
    const entries = new Subject<FakeDelivery>();
    const calls: string[] = [];
    watch(
      entries.pipe(
        ackAfter(
          ({ id }) => {
            calls.push(`begin ${id}`);
            if (id === '1') entries.next(session.delivery('2'));
            calls.push(`end ${id}`);
          },
          { concurrency: 8 },
        ),
      ),
    );
    entries.next(session.delivery('1'));
    expect(calls).toEqual(['begin 1', 'end 1', 'begin 2', 'end 2']);
    expect(session.settled).toEqual(['acked 1', 'acked 2']);
  });

  it('inside the value of a promise: after it', async () => {
    const session = new FakeSession();
    const entries = new Subject<FakeDelivery>();
    const seen: string[] = [];
    entries.pipe(ackAfter(({ id }): unknown => (id === '1' ? Promise.resolve(id) : id))).subscribe((id) => {
      if (id === '1') entries.next(session.delivery('2'));
      seen.push(String(id));
    });
    entries.next(session.delivery('1'));
    await Promise.resolve();
    await Promise.resolve();
    expect(seen).toEqual(['1', '2']);
  });

  it('inside key: keeps arrival order', () => {
    const session = new FakeSession();
    const entries = new Subject<FakeDelivery>();
    const key = ({ id }: FakeDelivery): string => {
      if (id === '1') entries.next(session.delivery('2'));
      return 'same';
    };
    const { seen } = watch(entries.pipe(ackAfter(({ id }) => id, { concurrency: 2, key })));
    entries.next(session.delivery('1'));
    expect(seen).toEqual(['1', '2']);
  });

  it('inside settling: a source that fills the room at once', () => {
    const session = new FakeSession();
    const entries = new Subject<FakeDelivery>();
    const push = session.log.push.bind(session.log);
    session.log.push = (...settled) => {
      const size = push(...settled);
      if (size < 4) entries.next(session.delivery(String(size + 1)));
      return size;
    };
    const { seen } = watch(entries.pipe(ackAfter(({ id }) => id)));
    entries.next(session.delivery('1'));
    expect(seen).toEqual(['1', '2', '3', '4']);
  });

  it('inside onError', () => {
    const session = new FakeSession();
    const entries = new Subject<FakeDelivery>();
    const onError = (): 'nack' => {
      entries.next(session.delivery('2'));
      return 'nack';
    };
    const { seen } = watch(entries.pipe(ackAfter(({ id }) => (id === '1' ? fail() : id), { onError })));
    entries.next(session.delivery('1'));
    expect([seen, session.settled]).toEqual([['2'], ['nacked 1', 'acked 2']]);
  });
});

function fail(): never {
  throw new Error('no');
}
