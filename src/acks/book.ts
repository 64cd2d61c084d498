import type { DeadLetter, Forward } from '../wire/port.js';
import type { Batch } from './batch.js';
import { OpenEntries, type Identified } from './open-entries.js';
import { batchesIn, emptyPost, isEmptyPost, type Post } from './post.js';

/** An entry that counts in the window. */
export interface Held extends Identified {
  /** Deliveries so far, this one included. */
  readonly attempt: number;
}

/** An entry and its deliveries so far; 1 when nobody has counted. */
export interface Counted {
  readonly id: string;
  readonly attempt?: number | undefined;
}

/** Acks that travel together. */
export interface AckBatch extends Batch {
  readonly ids: string[];
}

/** Dead letters that travel together; `ids` are theirs. */
export interface DeadBatch extends AckBatch {
  readonly letters: DeadLetter[];
}

/** Deliveries to take back: the count that Redis shall show again. */
export interface GiveBack {
  readonly id: string;
  readonly count: number;
}

/** One stream's entries on their way home: open → settled → in the air → confirmed. Plain data. */
export interface Book<H extends Held = Held> {
  readonly stream: string;
  readonly open: OpenEntries<H>;
  settled: AckBatch;
  air: AckBatch | undefined;
  back: GiveBack[];
  backAir: readonly GiveBack[];
  /** To be put on the dead-letter stream, as acks are sent. */
  dead: DeadBatch;
  deadAir: DeadBatch | undefined;
  /** What comes of entries, to be added where they are acked. */
  readonly forwards: Post<Forward>;
  /** Nacked, and to be delivered again: ids with their deliveries so far. */
  readonly waiting: Map<string, number>;
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
      open: new OpenEntries<H>(),
      settled: { ids: [], listeners: [] },
      air: undefined,
      back: [],
      backAir: [],
      dead: { ids: [], letters: [], listeners: [] },
      deadAir: undefined,
      forwards: emptyPost(),
      waiting: new Map(),
      left: new Set(),
      nacked: undefined,
      confirmed: undefined,
    };
    ledger.books.set(stream, book);
  }
  return book;
}

/** Nothing is held of the stream, nothing comes again, and nothing is on its way to Redis. */
export function isWorkedOff({ open, waiting, settled, air, back, backAir, dead, deadAir, forwards }: Book): boolean {
  if (!open.isEmpty || waiting.size + settled.ids.length + dead.ids.length + back.length + backAir.length > 0) return false;
  return air === undefined && deadAir === undefined && isEmptyPost(forwards);
}

/** Something waits to be sent. */
export function isDue({ settled, dead, back, forwards }: Book): boolean {
  return settled.ids.length + dead.ids.length + back.length + forwards.waiting.ids.length > 0;
}

/** What is settled and not confirmed. */
export function batchesOf({ settled, air, dead, deadAir, forwards }: Book): AckBatch[] {
  return [settled, air, dead, deadAir, ...batchesIn(forwards)]
    .filter((each) => each !== undefined)
    .filter(({ ids }) => ids.length > 0);
}

export function unconfirmedOf(ledger: Ledger): AckBatch[] {
  return [...ledger.books.values()].flatMap(batchesOf);
}

/** Is it ours and accounted for? Then it is no victim of a lost reply. */
export function knows(book: Book, id: string): boolean {
  return (
    book.open.has(id) ||
    book.left.has(id) ||
    book.waiting.has(id) ||
    book.nacked?.has(id) === true ||
    book.confirmed?.has(id) === true ||
    book.air?.ids.includes(id) === true ||
    book.settled.ids.includes(id) ||
    book.deadAir?.ids.includes(id) === true ||
    book.dead.ids.includes(id) ||
    batchesIn(book.forwards).some(({ ids }) => ids.includes(id))
  );
}
