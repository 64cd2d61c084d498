import { Subscription, type Observable, type SchedulerLike } from 'rxjs';
import { backoff } from '../backoff.js';
import type { AckError } from '../errors.js';
import type { Notice, Retried } from '../notices.js';
import { classify } from '../wire/failures.js';
import type { Port } from '../wire/port.js';
import { ackError } from './ack-error.js';
import { land, landBack, restore, restoreBack, take, takeBack, type AckBatch, type Book, type Ledger } from './ledger.js';

/** Scripts hold the server while they run: that many entries per call. */
const GIVE_BACK_PAGE = 1_000;

export interface FlushEnv {
  readonly port: Port;
  readonly group: string;
  readonly consumer: string;
  /** Clock of the backoff. */
  readonly scheduler: SchedulerLike;
  /** Sends in the same turn what is settled in it. */
  readonly soon: SchedulerLike;
  readonly dice: () => number;
  readonly tell: (notice: Notice) => void;
  /** The counts changed. */
  readonly changed: () => void;
  readonly refused: (error: AckError) => void;
}

/**
 * Sends what is settled: one XACK in the air per stream, and what is settled meanwhile travels in the next, so that batches grow
 * with the load by themselves. What fails is sent again after a backoff (50 ms to 5 s) until it is confirmed, refused or given up.
 */
export class Flush {
  /** The last command failed and waits for its turn. */
  failing = false;
  /** After closing nothing is tried twice: no timer outlives it. */
  #late = false;
  #attempt = 0;
  readonly #scheduled = new Set<Book>();
  readonly #timers = new Subscription();
  readonly #commands = new Subscription();

  constructor(
    readonly ledger: Ledger,
    readonly env: FlushEnv,
  ) {}

  poke(book: Book): void {
    if (this.failing || this.#scheduled.has(book)) return;
    this.#scheduled.add(book);
    this.#later(this.env.soon, 0, () => {
      this.#scheduled.delete(book);
      this.#send(book);
    });
  }

  /** No more waiting: everything that is not confirmed is given up. */
  giveUp({ working }: { working: number }): void {
    const { ledger, env } = this;
    this.#timers.unsubscribe();
    this.#commands.unsubscribe();
    const unconfirmed: { stream: string; ids: string[] }[] = [];
    const batches = [];
    for (const book of ledger.books.values()) {
      restore(book);
      restoreBack(book);
      if (book.back.length > 0) {
        const error = new Error(env.port.ended ? 'The Redis client was closed' : 'Closing took longer than drainTimeout');
        env.tell({ type: 'not-given-back', stream: book.stream, ids: book.back.map(({ id }) => id), error });
        ledger.unconfirmed -= book.back.length;
        book.back = [];
      }
      const air = take(book);
      if (air === undefined) continue;
      unconfirmed.push({ stream: book.stream, ids: [...air.ids] });
      for (const id of air.ids) book.left.add(id);
      batches.push(land(ledger, book));
    }
    if (unconfirmed.length > 0 || working > 0) {
      const error = ackError(env.port.ended ? 'CLIENT_ENDED' : 'DRAIN_TIMEOUT', { unconfirmed, working });
      this.#refuse(error, batches);
    }
    env.changed();
  }

  /** The error first: a stage that waits for its last acks would take their end for a confirmation. */
  #refuse(error: AckError, batches: readonly (AckBatch | undefined)[]): void {
    this.env.refused(error);
    for (const batch of batches) batch?.done?.(error);
  }

  /** Closed: whoever settles from now on, or did a moment ago, is late: it is sent at once, and once. What is in the air lands. */
  finish(): void {
    this.#late = true;
    this.#timers.unsubscribe();
    this.#scheduled.clear();
    this.failing = false;
    for (const book of this.ledger.books.values()) this.#send(book);
  }

  #later(scheduler: SchedulerLike, delay: number, work: () => void): void {
    if (this.#timers.closed) return this.#late ? work() : undefined;
    const scheduled = scheduler.schedule(() => {
      this.#timers.remove(scheduled);
      work();
    }, delay);
    this.#timers.add(scheduled);
  }

  #send(book: Book): void {
    this.#sendAcks(book);
    this.#sendBack(book);
  }

  #sendAcks(book: Book): void {
    const { port, group, tell } = this.env;
    const batch = take(book);
    if (batch === undefined) return;
    this.#track(port.ack({ stream: book.stream, group, ids: batch.ids }), {
      landed: () => {
        land(this.ledger, book);
        this.#calm();
        batch.done?.();
        tell({ type: 'acked', stream: book.stream, ids: batch.ids });
        this.env.changed();
        // Not at once: a port that answers in the same moment would make the stack grow.
        this.poke(book);
      },
      failed: (cause) => {
        if (this.#again('ack', cause)) return restore(book);
        land(this.ledger, book);
        for (const id of batch.ids) book.left.add(id);
        const code = port.ended ? 'CLIENT_ENDED' : 'ACK_REFUSED';
        const error = ackError(code, { unconfirmed: [{ stream: book.stream, ids: [...batch.ids] }], cause });
        this.#refuse(error, [batch]);
        this.env.changed();
        this.poke(book);
      },
    });
  }

  #sendBack(book: Book): void {
    const { port, group, consumer, tell } = this.env;
    const entries = takeBack(book, GIVE_BACK_PAGE);
    if (entries.length === 0) return;
    this.#track(port.giveBack({ stream: book.stream, group, consumer, entries }), {
      landed: (ids) => {
        landBack(this.ledger, book);
        this.#calm();
        if (ids.length > 0) tell({ type: 'given-back', stream: book.stream, ids });
        this.env.changed();
        this.poke(book);
      },
      failed: (cause) => {
        if (this.#again('give-back', cause)) return restoreBack(book);
        const error = cause instanceof Error ? cause : new Error(String(cause));
        tell({ type: 'not-given-back', stream: book.stream, ids: entries.map(({ id }) => id), error });
        landBack(this.ledger, book);
        this.env.changed();
        this.poke(book);
      },
    });
  }

  #calm(): void {
    this.#attempt = 0;
    this.failing = false;
  }

  /** Whether a failed command will be sent again; then sets the timer for everything that waits. */
  #again(what: Retried, cause: unknown): boolean {
    const failure = classify(cause);
    if (this.#late || this.env.port.ended || failure.kind === 'fatal' || failure.kind === 'heal') return false;
    if (this.failing) return true;
    this.failing = true;
    this.#attempt += 1;
    const delay = backoff(this.#attempt, this.env.dice());
    this.env.tell({ type: 'retrying', what, attempt: this.#attempt, delay, error: failure.error });
    this.env.changed();
    this.#later(this.env.scheduler, delay, () => {
      this.failing = false;
      for (const book of this.ledger.books.values()) this.#send(book);
    });
    return true;
  }

  #track<T>(command: Observable<T>, on: { landed: (reply: T) => void; failed: (error: unknown) => void }): void {
    const running = command.subscribe({ next: (reply) => on.landed(reply), error: (error: unknown) => on.failed(error) });
    if (!this.#late) this.#commands.add(running);
  }
}
