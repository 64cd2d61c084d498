import type { Outcome } from '../settlement.js';
import type { DeadLetter, Forward } from '../wire/port.js';
import type { AckBatch, Book, DeadBatch, GiveBack, Held, Ledger } from './book.js';
import { post } from './post.js';

export function open<H extends Held>(ledger: Ledger<H>, book: Book<H>, held: H): void {
  book.open.add(held);
  if (book.left.size > 0) book.left.delete(held.id);
  if (book.waiting.size > 0) book.waiting.delete(held.id);
  ledger.held += 1;
}

/** What has to be known of an outcome beside its name. */
export interface Settling {
  readonly as: Outcome;
  /** Redis has to hear of it. */
  readonly sends: boolean;
  /** Nacked, and to be delivered again. */
  readonly waits?: boolean;
  /** Of the error it was rejected for. */
  readonly letter?: DeadLetter;
}

/** What becomes of nearly every entry. */
export const ACKED: Settling = { as: 'acked', sends: false };
export const ACKED_AND_SENT: Settling = { as: 'acked', sends: true };

/** Takes an open entry out of the window. */
export function settle<H extends Held>(ledger: Ledger<H>, book: Book<H>, held: H, { as, sends, waits, letter }: Settling): void {
  // An id may be open twice, when a late ack meets its own redelivery: the older one does not close the newer.
  book.open.remove(held);
  ledger.held -= 1;
  ledger.settled += 1;
  if (as === 'acked') {
    if (sends) {
      book.settled.ids.push(held.id);
      ledger.unconfirmed += 1;
    }
  } else if (as === 'nacked') {
    if (waits) book.waiting.set(held.id, held.attempt);
    else book.nacked?.add(held.id);
  } else if (as === 'rejected') {
    if (letter !== undefined) settleDead(ledger, book, letter);
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

/** To the dead-letter stream. */
export function settleDead(ledger: Ledger, book: Book, letter: DeadLetter): void {
  book.dead.ids.push(letter.id);
  book.dead.letters.push(letter);
  book.waiting.delete(letter.id);
  ledger.unconfirmed += 1;
}

/** Acked together with adding what comes of it. */
export function settleForward(ledger: Ledger, book: Book, forward: Forward): void {
  post(book.forwards, forward);
  ledger.unconfirmed += 1;
}

/** Settled → in the air. Law: only when nothing is in the air, and then everything settled travels. */
export function take(book: Book): AckBatch | undefined {
  if (book.air !== undefined || book.settled.ids.length === 0) return undefined;
  book.air = book.settled;
  book.settled = { ids: [], listeners: [] };
  return book.air;
}

/** In the air → settled: the XACK may not have arrived. Law: `restore` after `take` changes nothing but the order of promises. */
export function restore(book: Book): void {
  const { air, settled } = book;
  if (air === undefined) return;
  book.settled = joined(air, settled);
  book.air = undefined;
}

/** Older first. Who waits is kept in one list, however often it is tried again. */
function joined(air: AckBatch, settled: AckBatch): AckBatch {
  return { ids: [...air.ids, ...settled.ids], listeners: [...air.listeners, ...settled.listeners] };
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

/** As `take`, for dead letters. */
export function takeDead(book: Book): DeadBatch | undefined {
  if (book.deadAir !== undefined || book.dead.ids.length === 0) return undefined;
  book.deadAir = book.dead;
  book.dead = { ids: [], letters: [], listeners: [] };
  return book.deadAir;
}

export function restoreDead(book: Book): void {
  const { deadAir: air, dead } = book;
  if (air === undefined) return;
  book.dead = { ...joined(air, dead), letters: [...air.letters, ...dead.letters] };
  book.deadAir = undefined;
}

export function landDead(ledger: Ledger, book: Book): DeadBatch | undefined {
  const { deadAir } = book;
  book.deadAir = undefined;
  ledger.unconfirmed -= deadAir?.ids.length ?? 0;
  // An older XPENDING may still show them, as it may acks.
  for (const id of deadAir?.ids ?? []) book.confirmed?.add(id);
  return deadAir;
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
