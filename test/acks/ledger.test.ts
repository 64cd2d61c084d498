import fc from 'fast-check';
import { expect, test } from 'vitest';
import { finish } from '../../src/acks/batch.js';
import { bookOf, emptyLedger, knows, type Book, type Held, type Ledger } from '../../src/acks/book.js';
import { land, landBack, open, restore, restoreBack, settle, settleIds, take, takeBack } from '../../src/acks/ledger.js';
import type { Outcome } from '../../src/settlement.js';

function filled(ids: readonly string[]): { ledger: Ledger; book: Book } {
  const ledger = emptyLedger();
  const book = bookOf(ledger, 's');
  settleIds(ledger, book, ids);
  return { ledger, book };
}

const ids = fc.uniqueArray(
  fc.nat({ max: 50 }).map((n) => `${n}-0`),
  { maxLength: 8 },
);

test('restore after take changes nothing but the order of promises', () => {
  fc.assert(
    fc.property(ids, ids, (first, later) => {
      const { ledger, book } = filled(first);
      take(book);
      settleIds(ledger, book, later);
      restore(book);
      expect(book.settled.ids).toEqual([...first, ...later]);
      expect(book.air).toBeUndefined();
      expect(ledger.unconfirmed).toBe(first.length + later.length);
    }),
  );
});

test('take after restore takes all of it, and takes nothing while something is in the air', () => {
  fc.assert(
    fc.property(ids, ids, (first, later) => {
      const { ledger, book } = filled(first);
      const air = take(book);
      settleIds(ledger, book, later);
      if (air !== undefined) expect(take(book)).toBeUndefined();
      restore(book);
      expect(take(book)?.ids ?? []).toEqual([...first, ...later]);
      land(ledger, book);
      expect(ledger.unconfirmed).toBe(0);
    }),
  );
});

test('whoever waits for either of two batches that became one is called once', () => {
  const { ledger, book } = filled(['1-0']);
  const called: string[] = [];
  book.settled.listeners.push(() => called.push('first'));
  take(book);
  settleIds(ledger, book, ['2-0']);
  book.settled.listeners.push(() => called.push('second'));
  restore(book);
  take(book);
  finish(land(ledger, book));
  expect(called).toEqual(['first', 'second']);
});

test('however often a batch is tried again, who waits for it is one short list', () => {
  const { ledger, book } = filled(['1-0']);
  let called = 0;
  book.settled.listeners.push(() => (called += 1));
  for (let i = 0; i < 20_000; i++) {
    take(book);
    restore(book);
  }
  take(book);
  finish(land(ledger, book)); // a chain of closures would exhaust the stack here
  expect(called).toBe(1);
});

test('giving back goes in pages, and what did not arrive is in front again', () => {
  const ledger = emptyLedger();
  const book = bookOf(ledger, 's');
  for (let n = 1; n <= 5; n++) {
    const held = { id: `${n}-0`, attempt: n };
    open(ledger, book, held);
    settle(ledger, book, held, { as: 'released', sends: true });
  }
  expect(takeBack(book, 2)).toEqual([
    { id: '1-0', count: 0 },
    { id: '2-0', count: 1 },
  ]);
  expect(takeBack(book, 2)).toEqual([]);
  restoreBack(book);
  expect(takeBack(book, 2).map(({ id }) => id)).toEqual(['1-0', '2-0']);
  landBack(ledger, book);
  expect(ledger.unconfirmed).toBe(3);
  expect(takeBack(book, 10)).toHaveLength(3);
});

test('an id that is open twice: the older settlement does not close the newer', () => {
  const ledger = emptyLedger();
  const book = bookOf(ledger, 's');
  const [older, newer] = [
    { id: '1-0', attempt: 1 },
    { id: '1-0', attempt: 2 },
  ];
  open(ledger, book, older);
  open(ledger, book, newer);
  expect(ledger.held).toBe(2);
  settle(ledger, book, older, { as: 'acked', sends: true });
  expect(book.open.get('1-0')).toBe(newer);
  settle(ledger, book, newer, { as: 'left', sends: true });
  expect(ledger).toMatchObject({ held: 0, settled: 2, unconfirmed: 1 });
  expect(book.left).toEqual(new Set(['1-0']));
});

test('an entry that is open again is no longer left', () => {
  const ledger = emptyLedger();
  const book = bookOf(ledger, 's');
  const held = { id: '1-0', attempt: 1 };
  open(ledger, book, held);
  settle(ledger, book, held, { as: 'left', sends: true });
  open(ledger, book, { id: '1-0', attempt: 2 });
  expect(book.left.size).toBe(0);
  expect(knows(book, '1-0')).toBe(true);
});

test.each<[Outcome, boolean]>([
  ['acked', true],
  ['left', true],
  ['released', true],
  ['nacked', false],
])('once %s, an entry is known: %s', (as, known) => {
  const ledger = emptyLedger();
  const book = bookOf(ledger, 's');
  const held = { id: '1-0', attempt: 1 };
  open(ledger, book, held);
  settle(ledger, book, held, { as, sends: true });
  expect(knows(book, '1-0')).toBe(known);
});

test('known are: nacked while that is watched, in the air, and confirmed since a reconciliation began', () => {
  const { ledger, book } = filled(['1-0']);
  take(book);
  expect(knows(book, '1-0')).toBe(true);
  book.confirmed = new Set();
  land(ledger, book);
  expect(knows(book, '1-0')).toBe(true);
  book.confirmed = undefined;
  expect(knows(book, '1-0')).toBe(false);

  book.nacked = new Set();
  const held: Held = { id: '2-0', attempt: 1 };
  open(ledger, book, held);
  settle(ledger, book, held, { as: 'nacked', sends: true });
  expect(knows(book, '2-0')).toBe(true);
});

test('the counts are what the books say, after anything', () => {
  type Step =
    | { do: 'open' | 'take' | 'land' | 'restore' | 'takeBack' | 'landBack' | 'restoreBack'; stream: string; n: number }
    | { do: 'settle'; n: number; as: Outcome }
    | { do: 'away'; stream: string; n: number };
  const stream = fc.constantFrom('a', 'b');
  const n = fc.nat({ max: 9 });
  const step: fc.Arbitrary<Step> = fc.oneof(
    fc.record({
      do: fc.constantFrom('open', 'open', 'take', 'land', 'restore', 'takeBack', 'landBack', 'restoreBack'),
      stream,
      n,
    }),
    fc.record({ do: fc.constant('settle' as const), n, as: fc.constantFrom<Outcome>('acked', 'nacked', 'left', 'released') }),
    fc.record({ do: fc.constant('away' as const), stream, n }),
  );
  fc.assert(
    fc.property(fc.array(step, { maxLength: 60 }), fc.boolean(), (steps, sends) => {
      const ledger = emptyLedger();
      const holds: { held: Held; book: Book }[] = [];
      let settled = 0;
      for (const each of steps) {
        if (each.do === 'settle') {
          const [hold] = holds.splice(each.n, 1);
          if (hold === undefined) continue;
          settle(ledger, hold.book, hold.held, { as: each.as, sends });
          settled += 1;
          continue;
        }
        const book = bookOf(ledger, each.stream);
        if (each.do === 'open') {
          const held = { id: `${each.n}-0`, attempt: 1 };
          holds.push({ held, book });
          open(ledger, book, held);
        } else if (each.do === 'away') settleIds(ledger, book, [`${each.n}-0`]);
        else if (each.do === 'takeBack') takeBack(book, each.n + 1);
        else if (each.do === 'landBack') landBack(ledger, book);
        else if (each.do === 'restoreBack') restoreBack(book);
        else if (each.do === 'land') land(ledger, book);
        else if (each.do === 'take') take(book);
        else restore(book);
      }
      const unconfirmed = [...ledger.books.values()].reduce(
        (sum, book) => sum + book.settled.ids.length + (book.air?.ids.length ?? 0) + book.back.length + book.backAir.length,
        0,
      );
      expect(ledger).toMatchObject({ held: holds.length, settled, unconfirmed });
    }),
  );
});
