import { VirtualTimeScheduler } from 'rxjs';
import { describe, expect, test } from 'vitest';
import { AckSession } from '../../src/acks/session.js';
import type { FieldValue } from '../../src/entry.js';
import { SETTLEMENT } from '../../src/settlement.js';
import { StreamEntry } from '../../src/sources/delivery.js';
import { FakePort } from '../support/fake-port.js';
import { GROUP, PLAN } from '../support/plans.js';

function entryOf(pairs: readonly FieldValue[], { attempt }: { attempt?: number } = {}) {
  const clock = new VirtualTimeScheduler();
  const session = new AckSession(
    { ...PLAN, group: GROUP },
    {
      port: new FakePort(),
      scheduler: clock,
      soon: clock,
      dice: () => 1,
      tell: () => undefined,
      changed: () => undefined,
      refused: () => undefined,
      nacked: () => undefined,
    },
  );
  const hold = session.open(session.bookFor('orders'), { id: '1-0', ...(attempt && { attempt }) });
  return { entry: new StreamEntry(hold, pairs, 'backlog'), hold, session };
}

describe('fields', () => {
  test('hostile names are names like any other', () => {
    const hostile = ['__proto__', 'constructor', 'toString', 'hasOwnProperty', 'valueOf'];
    const { entry } = entryOf(hostile.flatMap((name) => [name, `value of ${name}`]));
    const { fields } = entry;
    for (const name of hostile) expect(fields[name]).toBe(`value of ${name}`);
    expect(Object.keys(fields)).toEqual(hostile);
    expect(JSON.parse(JSON.stringify(fields))).toMatchObject({ toString: 'value of toString' });
    expect({ ...fields }.constructor).toBe('value of constructor');
  });

  test('names that are not there are not inherited either', () => {
    const { fields } = entryOf(['a', '1']).entry;
    for (const name of ['__proto__', 'constructor', 'toString']) {
      expect(fields[name]).toBeUndefined();
      expect(name in fields).toBe(false);
    }
  });

  test('of repeated names the last counts, and pairs has all of them in order', () => {
    const { entry } = entryOf(['a', '1', 'b', '', 'a', '2']);
    expect({ ...entry.fields }).toEqual({ a: '2', b: '' });
    expect(entry.pairs).toEqual([
      ['a', '1'],
      ['b', ''],
      ['a', '2'],
    ]);
  });

  test('binary values stay bytes, names are text', () => {
    const bytes = Buffer.from([0xff, 0x00, 0xc3]);
    const { entry } = entryOf([Buffer.from('ä'), bytes]);
    expect(entry.fields['ä']).toBe(bytes);
    expect(entry.pairs).toEqual([['ä', bytes]]);
  });

  test('they are built once', () => {
    const { entry } = entryOf(['a', '1']);
    expect(entry.fields).toBe(entry.fields);
    expect(entry.mapValue(() => 1).fields).toBe(entry.fields);
  });
});

describe('value', () => {
  test('is the fields without decode', () => {
    const { entry } = entryOf(['a', '1']);
    expect(entry.value).toBe(entry.fields);
  });

  test.each([undefined, null, 0, '', false])('may be %j', (value) => {
    const { entry } = entryOf(['a', '1']);
    entry.decoded(value as never);
    expect(entry.value).toBe(value);
    expect(entry.mapValue((is) => is).value).toBe(value);
  });

  test('mapValue makes a new entry of the same settlement, and leaves the old one alone', () => {
    const { entry, hold } = entryOf(['n', '2'], { attempt: 3 });
    const doubled = entry.mapValue(({ n }) => 2 * Number(n)).mapValue((n) => n + 1);
    expect(doubled).toMatchObject({ stream: 'orders', id: '1-0', value: 5, attempt: 3, origin: 'backlog' });
    expect(entry.value).toEqual(expect.objectContaining({ n: '2' }));
    expect(doubled[SETTLEMENT]).toBe(hold);
    expect(doubled.signal).toBe(entry.signal);
    doubled.nack();
    expect(entry[SETTLEMENT].settled).toBe(true);
  });

  test('what the projection throws is the caller’s', () => {
    const { entry } = entryOf([]);
    expect(() =>
      entry.mapValue(() => {
        throw new Error('mine');
      }),
    ).toThrow('mine');
  });
});

test('methods work destructured', async () => {
  const { entry, session } = entryOf(['a', '1']);
  const { ack, nack, reject, mapValue } = entry;
  expect(mapValue(() => 'mapped').value).toBe('mapped');
  await expect(reject('why')).rejects.toMatchObject({ code: 'NO_DEAD_LETTER' });
  nack();
  await expect(ack()).rejects.toMatchObject({ code: 'NOT_ACKED' });
  expect(session.ledger).toMatchObject({ held: 0, settled: 1, unconfirmed: 0 });
});
