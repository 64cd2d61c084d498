import type { AckError } from '../errors.js';
import type { Port, Reader } from '../wire/port.js';
import { ackError } from './ack-error.js';
import { Attempts } from './attempts.js';
import { finish } from './batch.js';
import { isDue, type AckBatch, type Book, type Ledger } from './book.js';
import type { FlushEnv } from './flush-env.js';
import { Forwards } from './forwards.js';
import { GiveBacks } from './give-backs.js';
import { land, landDead, restore, restoreDead, take, takeDead } from './ledger.js';
import { watched } from './watched.js';

/** When what is due is sent: at the end of a `turn` of the machine; once `soon` calls, for which it is `waiting`; never, given up and `stopped`. */
type Phase = 'resting' | 'turn' | 'waiting' | 'stopped';

/**
 * Sends what is settled: one XACK in the air per stream, and what is settled meanwhile travels in the next, so that batches grow
 * with the load by themselves. What fails is sent again after a backoff (50 ms to 5 s) until it is confirmed, refused or given up.
 */
export class Flush {
  readonly #attempts: Attempts;
  readonly #forwards: Forwards;
  readonly #backs: GiveBacks;
  /** Books of which something is to be sent. */
  readonly #due = new Set<Book>();
  #phase: Phase = 'resting';
  /** To the connection for reading, while no read waits there: an ack costs less than through the client. */
  along: Reader['together'];

  constructor(
    readonly ledger: Ledger,
    readonly env: FlushEnv,
  ) {
    const attempts = (this.#attempts = new Attempts({ ...env, retry: () => ledger.books.forEach((book) => this.#send(book)) }));
    this.#forwards = new Forwards(ledger, {
      ...env,
      attempts,
      again: (cause) => this.#again('forward', cause),
      landed: (book, batch, tell) => this.#landed(book, batch, tell),
      refused: (book, batch, cause) => this.#refused(book, batch, cause),
    });
    this.#backs = new GiveBacks(ledger, {
      ...env,
      attempts,
      again: (cause) => this.#again('give-back', cause),
      landed: (book, tell) => this.#landed(book, undefined, tell),
      failed: (book) => {
        env.changed();
        this.poke(book);
      },
    });
  }

  get failing(): boolean {
    return this.#attempts.failing;
  }

  poke(book: Book): void {
    if (this.failing || this.#due.has(book)) return;
    this.#due.add(book);
    if (this.#phase !== 'resting') return;
    this.#phase = 'waiting';
    this.#attempts.later(this.env.soon, 0, this.#sendDue);
  }

  beginTurn(): void {
    if (this.#phase === 'resting') this.#phase = 'turn';
  }

  /** Until nothing is due any more: what is sent may be answered at once. Whether something was. */
  endTurn(): boolean {
    if (this.#phase !== 'turn') return false;
    const sends = this.#due.size > 0;
    if (sends) this.#sendDue();
    else this.#phase = 'resting';
    return sends;
  }

  /** Acks that are due leave ahead of a read, on the connection for reading. */
  ride(ack: Port['ack']): void {
    if (this.failing) return;
    for (const book of this.#due) this.#sendAcks(book, ack);
  }

  readonly #sendDue = (): void => {
    const due = [...this.#due];
    this.#due.clear();
    if (this.#phase === 'waiting') this.#phase = 'resting';
    this.along?.((ack) => ack && due.forEach((book) => this.#sendAcks(book, ack)));
    for (const book of due) this.#send(book);
  };

  /** No more waiting: everything that is not confirmed is given up. */
  giveUp({ working }: { working: number }): void {
    const { ledger, env } = this;
    this.#attempts.giveUp();
    this.#phase = 'stopped';
    const unconfirmed: { stream: string; ids: string[] }[] = [];
    const batches: (AckBatch | undefined)[] = [];
    for (const book of ledger.books.values()) {
      this.#backs.giveUp(book);
      restore(book);
      restoreDead(book);
      const [air, dead, forwards] = [take(book), takeDead(book), this.#forwards.giveUp(book)];
      const ids = [air, dead, forwards].flatMap((batch) => batch?.ids ?? []);
      if (ids.length === 0) continue;
      unconfirmed.push({ stream: book.stream, ids });
      for (const id of ids) book.left.add(id);
      batches.push(land(ledger, book), landDead(ledger, book), forwards);
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
    for (const batch of batches) finish(batch, error);
  }

  /** Closed: whoever settles from now on, or did a moment ago, is late: it is sent at once, and once. */
  finish(): void {
    this.#attempts.finish();
    this.#due.clear();
    this.#phase = 'resting';
    for (const book of this.ledger.books.values()) this.#send(book);
  }

  #send(book: Book): void {
    this.#sendAcks(book, this.env.port.ack);
    this.#sendDead(book);
    this.#forwards.send(book);
    this.#backs.send(book);
  }

  #sendAcks(book: Book, ack: Port['ack']): void {
    const { group, tell } = this.env;
    const batch = take(book);
    if (batch === undefined) return;
    this.#attempts.track(watched(ack({ stream: book.stream, group, ids: batch.ids }), 'ack', book, batch, this.env), {
      landed: () => {
        land(this.ledger, book);
        this.#landed(book, batch, () => tell({ type: 'acked', stream: book.stream, ids: batch.ids }));
      },
      failed: (cause) => {
        if (this.#again('ack', cause)) return restore(book);
        land(this.ledger, book);
        this.#refused(book, batch, cause);
      },
    });
  }

  #sendDead(book: Book): void {
    const { port, group, consumer, deadLetter: to, tell } = this.env;
    const batch = takeDead(book);
    if (batch === undefined) return;
    const { stream } = book;
    const sent = port.deadLetter({ stream, group, consumer, to, entries: batch.letters });
    this.#attempts.track(watched(sent, 'reject', book, batch, this.env), {
      landed: ({ moved, gone }) => {
        landDead(this.ledger, book);
        this.#landed(book, batch, () => {
          if (moved.length > 0) tell({ type: 'dead-lettered', stream, ids: moved, to });
          if (gone.length > 0) tell({ type: 'gone', stream, ids: gone });
        });
      },
      failed: (cause) => {
        if (this.#again('dead-letter', cause)) return restoreDead(book);
        landDead(this.ledger, book);
        this.#refused(book, batch, cause);
      },
    });
  }

  #again(what: 'ack' | 'dead-letter' | 'forward' | 'give-back', cause: unknown): boolean {
    const again = this.#attempts.again(what, cause);
    if (again) this.env.changed();
    return again;
  }

  #landed(book: Book, batch: AckBatch | undefined, tell: () => void): void {
    this.#attempts.calm();
    finish(batch);
    tell();
    this.env.changed();
    if (isDue(book)) this.poke(book); // not at once: a port that answers in the same moment would make the stack grow
  }

  #refused(book: Book, batch: AckBatch, cause: unknown): void {
    for (const id of batch.ids) book.left.add(id);
    const code = this.env.port.ended ? 'CLIENT_ENDED' : 'ACK_REFUSED';
    const error = ackError(code, { unconfirmed: [{ stream: book.stream, ids: [...batch.ids] }], cause });
    this.#refuse(error, [batch]);
    this.env.changed();
    this.poke(book);
  }
}
