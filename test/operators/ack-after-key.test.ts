import { from, of, Subject } from 'rxjs';
import { describe, expect, it } from 'vitest';
import { ackAfter } from '../../src/operators/ack-after.js';
import { FakeSession, watch, type FakeDelivery } from '../support/fake-delivery.js';
import { workshop } from '../support/workshop.js';

describe('key', () => {
  const byFirst = ({ id }: FakeDelivery): string | undefined => id[0];
  const start = (ids: string[], concurrency: number, key: (entry: FakeDelivery) => unknown = byFirst) => {
    const session = new FakeSession();
    const shop = workshop();
    const entries = new Subject<FakeDelivery>();
    watch(entries.pipe(ackAfter(shop.project, { concurrency, key })));
    for (const id of ids) entries.next(session.delivery(id));
    return { session, entries, ...shop };
  };

  it('equal keys run one after another, others pass', () => {
    const { started, end } = start(['a1', 'a2', 'b1', 'c1', 'a3'], 3);
    expect(started).toEqual(['a1', 'b1', 'c1']);
    end('b1');
    expect(started).toEqual(['a1', 'b1', 'c1']);
    end('a1');
    expect(started).toEqual(['a1', 'b1', 'c1', 'a2']);
    end('a2');
    expect(started.at(-1)).toBe('a3');
  });

  it('a key that waits blocks no other, however long its line', () => {
    const { started } = start([...Array.from({ length: 20 }, (_, i) => `a${i}`), 'b1'], 2);
    expect(started).toEqual(['a0', 'b1']);
  });

  it('at concurrency 1 it is stream order', () => {
    const ids = ['a1', 'a2', 'b1', 'a3', 'b2'];
    const { started, end } = start(ids, 1);
    for (const id of ids) end(id);
    expect(started).toEqual(ids);
  });

  it('what came out of a line is older than what nobody has looked at', () => {
    const { started, end } = start(['a1', 'a2', 'b1', 'c1'], 2);
    end('a1');
    expect(started).toEqual(['a1', 'b1', 'a2']);
  });

  it('undefined is a key like any other', () => {
    const { started, end } = start(['1', '2'], 2, () => undefined);
    expect(started).toEqual(['1']);
    end('1');
    expect(started).toEqual(['1', '2']);
  });

  it('a key is for an array as a whole', () => {
    const session = new FakeSession();
    const keys: number[] = [];
    watch(
      of(session.deliveries(2), session.deliveries(3)).pipe(ackAfter(() => 1, { key: (entries) => keys.push(entries.length) })),
    );
    expect(keys).toEqual([2, 3]);
  });

  it('a key that throws counts as its project failing', () => {
    const session = new FakeSession();
    const key = ({ id }: FakeDelivery): string => {
      if (id === '2') throw new Error('no key');
      return id;
    };
    const { seen } = watch(from(session.deliveries(3)).pipe(ackAfter(({ id }) => id, { key, onError: 'nack' })));
    expect([seen, session.settled]).toEqual([
      ['1', '3', 'complete'],
      ['acked 1', 'nacked 2', 'acked 3'],
    ]);
  });
});
