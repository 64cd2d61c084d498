import { Subject, type Observable } from 'rxjs';
import type { AckError } from '../errors.js';
import type { Notice } from '../notices.js';
import { mostDeliveries, owesAcks, type Plan } from '../plan.js';
import type { Outcome } from '../settlement.js';
import { confirmed, promiseOf } from './batch.js';
import { batchesOf, bookOf, emptyLedger, unconfirmedOf, type Book, type Counted } from './book.js';
import { deadLetterOf, noDeadLetter, spent } from './dead-letter.js';
import { Flush } from './flush.js';
import { Hold, type Holder } from './hold.js';
import { LateAcks } from './late-acks.js';
import { Lease } from './lease.js';
import { ACKED, ACKED_AND_SENT, open, settle, settleDead, settleIds, type Settling } from './ledger.js';
import { delayOf } from './redelivery.js';
import { Saving } from './saving.js';
import type { SessionEnv } from './session-env.js';
import { WorkOff } from './work-off.js';

/** One subscription's way home: its window, its ledger, and what the stages see of it. */
export class AckSession implements Holder {
  /** The source was unsubscribed from below before it ended by itself. */
  torn = false;
  /** What was nacked may still come again. */
  isReading = true;
  readonly ledger = emptyLedger<Hold>();
  readonly flush: Flush;
  readonly bufferSize: number;
  readonly tell: (notice: Notice) => void;
  readonly #plan: Plan;
  readonly #env: SessionEnv;
  /** Acks are sent for what is settled. */
  readonly #sends: boolean;
  /** Entries count until they are settled; otherwise only while a stage holds them. */
  readonly #counts: boolean;
  readonly #lease: Lease;
  readonly #late: LateAcks;
  /** With a checkpoint: what is settled moves its positions up. */
  readonly saving: Saving | undefined;
  readonly workOff: WorkOff;
  #watching = false;
  readonly #refused = new Subject<AckError>();
  readonly #forgotten = new Subject<{ stream: string; id: string }>();

  constructor(plan: Plan, env: SessionEnv) {
    this.bufferSize = plan.bufferSize;
    this.tell = env.tell;
    this.#plan = plan;
    this.#env = env;
    this.#sends = owesAcks(plan);
    this.#counts = this.#sends || plan.settle === 'manual';
    const { name: group = '', consumer = '', renewEvery, redeliver } = plan.group ?? {};
    const refused = (error: AckError): void => {
      this.tell({ type: 'ack-refused', error });
      this.#refused.next(error);
      env.refused(error);
    };
    const us = { ...env, group, consumer };
    this.flush = new Flush(this.ledger, { ...us, deadLetter: redeliver?.deadLetter ?? '', refused });
    this.#lease = new Lease(this.ledger, { ...us, renewEvery, forget: (stream, ids) => this.forget(stream, ids) });
    this.#late = new LateAcks(this.ledger, us);
    if (plan.checkpoint !== undefined) this.saving = new Saving(plan.checkpoint, this.ledger, { ...env, refused });
    this.workOff = new WorkOff(this.ledger, this.saving, env);
  }

  readonly refused: Observable<AckError> = this.#refused.asObservable();
  readonly forgotten = this.#forgotten.asObservable();
  readonly confirmed = confirmed(() => this.saving?.waiting ?? [...unconfirmedOf(this.ledger), ...this.#late.batches]);

  /** How settled entries go home. */
  get way(): Saving | Flush {
    return this.saving ?? this.flush;
  }

  /** Entries of that stream are about to come. */
  bookFor(stream: string): Book<Hold> {
    const book = bookOf(this.ledger, stream);
    if (this.#watching) book.nacked ??= new Set();
    this.#lease.begin();
    return book;
  }

  /** An entry gets its place in the window. */
  open(book: Book<Hold>, { id, attempt = 1 }: Counted): Hold {
    const hold = new Hold(this, book, id, attempt, book.waiting.size > 0 && book.waiting.has(id));
    open(this.ledger, book, hold);
    this.saving?.opened(book.stream, id);
    return hold;
  }

  /** `next` has returned. Where nobody owes an ack, an entry that no stage took has left the window. */
  passed(hold: Hold): void {
    if (!this.#counts && hold.state === 'open') this.acked(hold);
  }

  took(_: Hold): void {
    this.ledger.taken += 1;
  }

  acked(hold: Hold): void {
    const sends = this.#sends && hold.lease !== 'lost';
    this.#close(hold, sends ? ACKED_AND_SENT : ACKED);
    if (sends) this.flush.poke(hold.book);
    else if (this.#sends) this.#late.send(hold);
    this.#env.changed();
  }

  settled(hold: Hold, { as, reason, delay }: { as: Outcome; reason: unknown; delay: number | undefined }): void {
    if (as === 'nacked') return this.#nacked(hold, reason, delay);
    if (as === 'rejected') return this.#rejected(hold, reason);
    this.#close(hold, { as, sends: this.#sends });
    if (this.#sends && as === 'released') this.flush.poke(hold.book);
    this.#env.changed();
  }

  #nacked(hold: Hold, reason: unknown, delay: number | undefined): void {
    const { redeliver } = this.#plan.group ?? {};
    const last = hold.attempt >= mostDeliveries(this.#plan);
    // Nothing comes after the last delivery: the plan may well have no delay for that.
    const wait = delayOf(hold, { redeliver, asked: delay ?? (last ? 0 : undefined), dice: this.#env.dice });
    if (last) return this.#rejected(hold, reason ?? spent(hold));
    const { stream, id, attempt } = hold;
    this.#close(hold, { as: 'nacked', sends: this.#sends, waits: wait !== undefined });
    if (wait !== undefined) {
      this.#env.nacked({ stream, id, attempt, delay: wait });
      this.tell({ type: 'waiting', stream, id, attempt, delay: wait });
    }
    this.#env.changed();
  }

  #rejected(hold: Hold, reason: unknown): void {
    if (this.#plan.group?.redeliver?.deadLetter === undefined) throw noDeadLetter(hold, reason);
    this.#close(hold, { as: 'rejected', sends: this.#sends, letter: deadLetterOf(hold.id, reason) });
    this.flush.poke(hold.book);
    this.#env.changed();
  }

  #close(hold: Hold, how: Settling): void {
    if (hold.state === 'taken') this.ledger.taken -= 1;
    hold.state = 'settled';
    const { book, id } = hold;
    // In a stream that was made anew an id may come again: the older entry says nothing of the newer.
    const isNewest = this.saving !== undefined && book.open.get(id) === hold;
    settle(this.ledger, book, hold, how);
    if (hold.isBack && !hold.waits) this.#forgotten.next(hold);
    if (isNewest) this.saving?.settled(book.stream, id, how.as);
  }

  /** Pending entries that are no longer in the stream. */
  ackAway(stream: string, ids: readonly string[]): void {
    settleIds(this.ledger, bookOf(this.ledger, stream), ids);
    this.#sendAway(stream, ids);
  }

  /** Pending entries that were delivered too often to be worked on again. */
  deadLetter(stream: string, ids: readonly string[]): void {
    for (const id of ids) settleDead(this.ledger, bookOf(this.ledger, stream), deadLetterOf(id, spent({ stream, id })));
    this.#sendAway(stream, ids);
  }

  #sendAway(stream: string, ids: readonly string[]): void {
    this.forget(stream, ids);
    this.flush.poke(bookOf(this.ledger, stream));
  }

  /** Entries that waited to be delivered again and will not be. */
  forget(stream: string, ids: readonly string[]): void {
    for (const id of ids) {
      bookOf(this.ledger, stream).waiting.delete(id);
      this.#forgotten.next({ stream, id });
    }
    this.workOff.look();
  }

  /** Entries that came too late to be handed on: back to where they were. */
  release(stream: string, entries: readonly Counted[]): void {
    for (const entry of entries) this.open(this.bookFor(stream), entry).settle('released');
  }

  /** While a reply is lost, its entries are told from nacked ones, which are pending too. */
  watchNacks(on: boolean): void {
    this.#watching = on;
    for (const book of this.ledger.books.values()) book.nacked = on ? (book.nacked ?? new Set()) : undefined;
  }

  readsNoMore(): void {
    this.isReading = false;
    this.#forgotten.complete();
  }

  /** The very last: nothing is sent again, and the stages forget this session. */
  close(): void {
    this.#lease.stop();
    this.flush.finish();
    this.saving?.finish();
    this.#refused.complete();
    this.readsNoMore();
  }

  whenConfirmed(book: Book<Hold>, id: string): Promise<void> {
    if (this.saving !== undefined) return this.saving.whenSaved(book.stream);
    return promiseOf(this.#late.batchOf(id) ?? batchesOf(book).find(({ ids }) => ids.at(-1) === id || ids.includes(id)));
  }
}
