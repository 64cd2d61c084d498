import { StreamsError } from '../errors.js';
import type { Addition, Outcome, Session, Settlement } from '../settlement.js';
import type { Book, Held } from './book.js';
import { notAcked, type Instead } from './not-acked.js';

/** What a hold needs of its session. */
export interface Holder extends Session {
  took(hold: Hold): void;
  /** What becomes of nearly every entry. */
  acked(hold: Hold): void;
  /** Throws where what comes of it cannot be added there together with its ack. */
  checkForward(hold: Hold, to: string): void;
  forwarded(hold: Hold, what: Addition): void;
  settled(hold: Hold, how: { as: Outcome; reason: unknown; delay: number | undefined }): void;
  whenConfirmed(book: Book<Hold>, id: string): Promise<void>;
  /** What was nacked may still come again. */
  readonly isReading: boolean;
}

/**
 * One entry's place in the window, and its settlement. It knows nothing of what the entry holds: V8 keeps what a `Map` once held
 * alive for a while longer, and with the fields that made young collections ten times slower.
 */
export class Hold implements Settlement, Held {
  state: 'open' | 'taken' | 'settled' = 'open';
  /** `lost`: somebody else's by now. `trimmed`: no longer in the stream. Neither is renewed. */
  lease: 'held' | 'lost' | 'trimmed' = 'held';
  /** How many ticks of the lease it has seen. */
  ticks = 0;
  before: this | undefined;
  after: this | undefined;
  readonly #holder: Holder;
  #controller: AbortController | undefined;
  /** How it was settled, where it did not leave the pending list. */
  #instead: Instead | undefined;
  /** What the first `ack()` was answered with. */
  #confirmed: Promise<void> | undefined;

  constructor(
    holder: Holder,
    readonly book: Book<Hold>,
    readonly id: string,
    readonly attempt: number,
    /** It was nacked before, and has come again. */
    readonly isBack = false,
  ) {
    this.#holder = holder;
  }

  get stream(): string {
    return this.book.stream;
  }

  get session(): Session {
    return this.#holder;
  }

  get settled(): boolean {
    return this.state === 'settled';
  }

  get waits(): boolean {
    return this.state === 'settled' && this.#holder.isReading && this.book.waiting.has(this.id);
  }

  get isLeased(): boolean {
    return this.lease === 'held';
  }

  /** Aborted when the entry is left or given back, or its lease is lost. Most entries never need one. */
  get signal(): AbortSignal {
    this.#controller ??= new AbortController();
    return this.#controller.signal;
  }

  take(): void {
    if (this.state !== 'open') return;
    this.state = 'taken';
    this.#holder.took(this);
  }

  settle(as: Outcome, reason?: unknown, delay?: number): void {
    if (this.state === 'settled') return;
    if (as === 'acked') return this.#holder.acked(this);
    this.#holder.settled(this, { as, reason, delay });
    if (as === 'nacked' || as === 'left' || as === 'released') this.#instead = as;
    if (as === 'left' || as === 'released') this.#controller?.abort(reason);
  }

  checkForward(to: string): void {
    this.#holder.checkForward(this, to);
  }

  forward(what: Addition): void {
    if (this.state === 'settled') return;
    this.#holder.checkForward(this, what.to);
    this.#holder.forwarded(this, what);
  }

  /** Another consumer has claimed it. */
  lose(): void {
    this.lease = 'lost';
    const { id, stream } = this;
    const why = new StreamsError('LEASE_LOST', `Entry ${id} of ${stream} was claimed by another consumer: stop the work on it.`);
    this.#controller ??= new AbortController();
    this.#controller.abort(why);
  }

  trimmed(): void {
    this.lease = 'trimmed';
  }

  /** Its ack was refused before anybody asked: a stage had acked it. */
  refused(error: Error): void {
    if (this.#confirmed !== undefined) return;
    this.#confirmed = Promise.reject(error);
    this.#confirmed.catch(() => undefined);
  }

  /**
   * Resolves once Redis confirmed the ack, or the dead letter; at once when it has, or when nobody owes one. Rejects where it was
   * refused or came too late.
   */
  whenConfirmed(): Promise<void> {
    // A stage may have acked it: its refusal went elsewhere.
    const instead = this.#instead ?? (this.book.left.has(this.id) ? 'refused' : undefined);
    this.#confirmed ??=
      instead === undefined
        ? this.#holder.whenConfirmed(this.book, this.id)
        : notAcked({ stream: this.book.stream, id: this.id }, instead);
    return this.#confirmed;
  }
}
