import { Observable, Subject, type SchedulerLike } from 'rxjs';
import type { Position } from '../checkpoint.js';
import type { AckError } from '../errors.js';
import { StreamsError } from '../errors.js';
import type { Notice } from '../notices.js';
import { owesAcks, type Plan } from '../plan.js';
import type { Outcome } from '../settlement.js';
import type { Port } from '../wire/port.js';
import { listen, promiseOf, type Batch } from './batch.js';
import { Flush } from './flush.js';
import { Hold, type Holder } from './hold.js';
import { bookOf, emptyLedger, open, settle, settleIds, type Book } from './ledger.js';
import { Saving } from './saving.js';

export interface SessionEnv {
  readonly port: Port;
  readonly scheduler: SchedulerLike;
  readonly soon: SchedulerLike;
  readonly dice: () => number;
  readonly tell: (notice: Notice) => void;
  /** What the window counts has changed. */
  readonly changed: () => void;
  /** Redis refused acks for good. */
  readonly refused: (error: AckError) => void;
}

/** An entry and its deliveries so far; 1 when nobody has counted. */
interface Counted {
  readonly id: string;
  readonly attempt?: number | undefined;
}

/** One subscription's way home: its window, its ledger, and what the stages see of it. */
export class AckSession implements Holder {
  /** The source was unsubscribed from below before it ended by itself. */
  torn = false;
  readonly ledger = emptyLedger<Hold>();
  readonly flush: Flush;
  readonly bufferSize: number;
  readonly tell: (notice: Notice) => void;
  /** Acks are sent for what is settled. */
  readonly #sends: boolean;
  /** Entries count until they are settled; otherwise only while a stage holds them. */
  readonly #counts: boolean;
  /** With a checkpoint: what is settled moves its positions up. */
  readonly #saving: Saving | undefined;
  readonly #changed: () => void;
  #watching = false;
  readonly #refused = new Subject<AckError>();

  constructor(plan: Plan, env: SessionEnv) {
    this.bufferSize = plan.bufferSize;
    this.tell = env.tell;
    this.#sends = owesAcks(plan);
    this.#counts = this.#sends || plan.settle === 'manual';
    this.#changed = env.changed;
    const { name: group = '', consumer = '' } = plan.group ?? {};
    const refused = (error: AckError): void => {
      this.tell({ type: 'ack-refused', error });
      this.#refused.next(error);
      env.refused(error);
    };
    this.flush = new Flush(this.ledger, { ...env, group, consumer, refused });
    if (plan.checkpoint !== undefined) this.#saving = new Saving(plan.checkpoint, this.ledger, { ...env, refused });
  }

  readonly refused: Observable<AckError> = this.#refused.asObservable();

  readonly confirmed: Observable<never> = new Observable((subscriber) => {
    const waiting = new Set<Batch>(this.#saving?.waiting);
    for (const { air, settled } of this.ledger.books.values()) {
      if (air !== undefined) waiting.add(air);
      if (settled.ids.length > 0) waiting.add(settled);
    }
    if (waiting.size === 0) return subscriber.complete();
    for (const batch of waiting) {
      listen(batch, () => {
        waiting.delete(batch);
        if (waiting.size === 0) subscriber.complete();
      });
    }
  });

  /** The last command failed and waits for its turn. */
  get failing(): boolean {
    return this.flush.failing || this.#saving?.failing === true;
  }

  /** A stream is read from here on, which the checkpoint knows. */
  begin(stream: string, at: Position): void {
    this.#saving?.begin(stream, at);
  }

  /** An entry gets its place in the window. */
  open(stream: string, { id, attempt = 1 }: Counted): Hold {
    const book = bookOf(this.ledger, stream);
    if (this.#watching) book.nacked ??= new Set();
    const hold = new Hold(this, book, id, attempt);
    open(this.ledger, book, hold);
    this.#saving?.opened(stream, id);
    return hold;
  }

  /** `next` has returned. Where nobody owes an ack, an entry that no stage took has left the window. */
  passed(hold: Hold): void {
    if (!this.#counts && hold.state === 'open') this.settled(hold, 'acked');
  }

  took(_: Hold): void {
    this.ledger.taken += 1;
  }

  settled(hold: Hold, as: Outcome, reason?: unknown): void {
    if (as === 'rejected') throw noDeadLetter(hold, reason);
    if (hold.state === 'taken') this.ledger.taken -= 1;
    hold.state = 'settled';
    settle(this.ledger, hold.book, hold, { as, sends: this.#sends });
    if (this.#sends && (as === 'acked' || as === 'released')) this.flush.poke(hold.book);
    this.#saving?.settled(hold.book.stream, hold.id, as);
    this.#changed();
  }

  /** Pending entries that are no longer in the stream. */
  ackAway(stream: string, ids: readonly string[]): void {
    const book = bookOf(this.ledger, stream);
    settleIds(this.ledger, book, ids);
    this.flush.poke(book);
  }

  /** Entries that came too late to be handed on: back to where they were. */
  release(stream: string, entries: readonly Counted[]): void {
    for (const entry of entries) this.open(stream, entry).settle('released');
  }

  /** While a reply is lost, its entries are told from nacked ones, which are pending too. */
  watchNacks(on: boolean): void {
    this.#watching = on;
    for (const book of this.ledger.books.values()) book.nacked = on ? (book.nacked ?? new Set()) : undefined;
  }

  /** drainTimeout is over, or the client has ended: nothing is waited for any more. */
  giveUp(): void {
    (this.#saving ?? this.flush).giveUp({ working: this.ledger.taken });
  }

  /** The very last: nothing is sent again, and the stages forget this session. */
  close(): void {
    this.flush.finish();
    this.#saving?.finish();
    this.#refused.complete();
  }

  /** Resolves once everything settled in this book is confirmed. Nobody has to await it: a refusal is told elsewhere too. */
  whenConfirmed({ stream, settled, air }: Book<Hold>, id: string): Promise<void> {
    if (this.#saving !== undefined) return this.#saving.whenSaved(stream);
    const batch = settled.ids.at(-1) === id || settled.ids.includes(id) ? settled : air?.ids.includes(id) ? air : undefined;
    return promiseOf(batch);
  }
}

function noDeadLetter({ id, book }: Hold, reason: unknown): StreamsError {
  return new StreamsError(
    'NO_DEAD_LETTER',
    `Entry ${id} of ${book.stream} was rejected, but there is no dead-letter stream to put it on: ack() or nack() it instead.`,
    { cause: reason },
  );
}
