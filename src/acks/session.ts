import { Subject, type Observable } from 'rxjs';
import type { AckError } from '../errors.js';
import type { Notice } from '../notices.js';
import { owesAcks, type Plan } from '../plan.js';
import type { Addition, Outcome } from '../settlement.js';
import { confirmed, promiseOf } from './batch.js';
import { batchesOf, bookOf, emptyLedger, unconfirmedOf, type Book, type Counted } from './book.js';
import { cannotForward } from './cannot-forward.js';
import { deadLetterOf, spent } from './dead-letter.js';
import { Flush } from './flush.js';
import { Hold, type Holder } from './hold.js';
import { LateAcks } from './late-acks.js';
import { Lease } from './lease.js';
import { ACKED, ACKED_AND_SENT, open, settle, settleDead, settleForward, settleIds, type Settling } from './ledger.js';
import { NotDone } from './not-done.js';
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
  readonly group: Plan['group'];
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
  readonly #notDone: NotDone;
  /** With a checkpoint: what is settled moves its positions up. */
  readonly saving: Saving | undefined;
  readonly workOff: WorkOff;
  #watching = false;
  readonly #refused = new Subject<AckError>();
  readonly #forgotten = new Subject<{ stream: string; id: string }>();

  constructor(plan: Plan, env: SessionEnv) {
    this.group = plan.group;
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
    const poke = ({ book }: Hold): void => this.flush.poke(book);
    this.#notDone = new NotDone(plan, { ...env, sends: this.#sends, close: (hold, how) => this.#close(hold, how), poke });
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
    if (as === 'nacked') return this.#notDone.nacked(hold, reason, delay);
    if (as === 'rejected') return this.#notDone.rejected(hold, reason);
    this.#close(hold, { as, sends: this.#sends });
    if (this.#sends && as === 'released') this.flush.poke(hold.book);
    this.#env.changed();
  }

  checkForward(hold: Hold, to: string): void {
    const refusal = cannotForward(hold, to, { owesAcks: this.#sends, port: this.#env.port });
    if (refusal !== undefined) throw refusal;
  }

  forwarded(hold: Hold, what: Addition): void {
    this.#close(hold, ACKED);
    if (hold.lease === 'lost') this.#late.refuse(hold, what);
    else settleForward(this.ledger, hold.book, { ...what, id: hold.id });
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
