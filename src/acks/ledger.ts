import type { Outcome } from '../settlement.js';
import type { Batch } from './batch.js';

/** An entry that counts in the window. */
export interface Held {
  readonly id: string;
  /** Deliveries so far, this one included. */
  readonly attempt: number;
}

/** Acks that travel together. */
export interface AckBatch extends Batch {
  readonly ids: string[];
}

/** Deliveries to take back: the count that Redis shall show again. */
export interface GiveBack {
  readonly id: string;
  readonly count: number;
}

/** One stream's entries on their way home: open → settled → in the air → confirmed. Plain data. */
export interface Book<H extends Held = Held> {
  readonly stream: string;
  readonly open: Map<string, H>;
  settled: AckBatch;
  air: AckBatch | undefined;
  back: GiveBack[];
  backAir: readonly GiveBack[];
  /** Not acked and no longer open: what a new subscription of the same consumer takes over. */
  readonly left: Set<string>;
  /** Nacked while a reply is lost: still pending, and no victim of it. */
  nacked: Set<string> | undefined;
  /** Confirmed since the present reconciliation began: an older XPENDING may still show them. */
  confirmed: Set<string> | undefined;
}

/** The counts that the window needs, kept as they change. */
export interface Ledger<H extends Held = Held> {
  readonly books: Map<string, Book<H>>;
  held: number;
  taken: number;
  unconfirmed: number;
  settled: number;
}

export function emptyLedger<H extends Held>(): Ledger<H> {
  return { books: new Map(), held: 0, taken: 0, unconfirmed: 0, settled: 0 };
}

export function bookOf<H extends Held>(ledger: Ledger<H>, stream: string): Book<H> {
  let book = ledger.books.get(stream);
  if (book === undefined) {
    book = {
      stream,
      open: new Map(),
      settled: { ids: [] },
      air: undefined,
      back: [],
      backAir: [],
      left: new Set(),
      nacked: undefined,
      confirmed: undefined,
    };
    ledger.books.set(stream, book);
  }
  return book;
}

export function open<H extends Held>(ledger: Ledger<H>, book: Book<H>, held: H): void {
  book.open.set(held.id, held);
  book.left.delete(held.id);
  ledger.held += 1;
}

/** Takes an open entry out of the window; `sends` tells whether Redis has to hear of it. */
export function settle<H extends Held>(
  ledger: Ledger<H>,
  book: Book<H>,
  held: H,
  { as, sends }: { as: Outcome; sends: boolean },
): void {
  // An id may be open twice, when a late ack meets its own redelivery: the older one must not close the newer.
  if (book.open.get(held.id) === held) book.open.delete(held.id);
  ledger.held -= 1;
  ledger.settled += 1;
  if (as === 'acked') {
    if (sends) {
      book.settled.ids.push(held.id);
      ledger.unconfirmed += 1;
    }
  } else if (as === 'nacked') {
    book.nacked?.add(held.id);
  } else {
    book.left.add(held.id);
    if (as === 'released' && sends) {
      book.back.push({ id: held.id, count: held.attempt - 1 });
      ledger.unconfirmed += 1;
    }
  }
}

/** Ids to ack that were never open (gone entries), or no longer are. */
export function settleIds(ledger: Ledger, book: Book, ids: readonly string[]): void {
  for (const id of ids) book.settled.ids.push(id);
  ledger.unconfirmed += ids.length;
}

/** Settled → in the air. Law: only when nothing is in the air, and then everything settled travels. */
export function take(book: Book): AckBatch | undefined {
  if (book.air !== undefined || book.settled.ids.length === 0) return undefined;
  book.air = book.settled;
  book.settled = { ids: [] };
  return book.air;
}

/** In the air → settled: the XACK may not have arrived. Law: `restore` after `take` changes nothing but the order of promises. */
export function restore(book: Book): void {
  const { air, settled } = book;
  if (air === undefined) return;
  const done = [air.done, settled.done].filter((each) => each !== undefined);
  book.settled = {
    ids: [...air.ids, ...settled.ids],
    ...(done.length > 0 && { done: (error) => done.forEach((each) => each(error)) }),
  };
  book.air = undefined;
}

/** In the air → confirmed (or given up). */
export function land(ledger: Ledger, book: Book): AckBatch | undefined {
  const { air } = book;
  if (air === undefined) return undefined;
  book.air = undefined;
  ledger.unconfirmed -= air.ids.length;
  if (book.confirmed) for (const id of air.ids) book.confirmed.add(id);
  return air;
}

/** To give back → in the air, at most `most` of them. */
export function takeBack(book: Book, most: number): readonly GiveBack[] {
  if (book.backAir.length > 0) return [];
  book.backAir = book.back.splice(0, most);
  return book.backAir;
}

export function restoreBack(book: Book): void {
  book.back.unshift(...book.backAir);
  book.backAir = [];
}

export function landBack(ledger: Ledger, book: Book): void {
  ledger.unconfirmed -= book.backAir.length;
  book.backAir = [];
}

/** Is it ours and accounted for? Then it is no victim of a lost reply. */
export function knows(book: Book, id: string): boolean {
  return (
    book.open.has(id) ||
    book.left.has(id) ||
    book.nacked?.has(id) === true ||
    book.confirmed?.has(id) === true ||
    book.air?.ids.includes(id) === true ||
    book.settled.ids.includes(id)
  );
}
