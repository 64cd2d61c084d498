import { isWorkedOff, type Book, type Ledger } from './book.js';
import type { Saving } from './saving.js';
import type { SessionEnv } from './session-env.js';

/** Streams that are read no more: tells of each, once, when all of it is settled and Redis has confirmed it. */
export class WorkOff {
  readonly #streams = new Set<string>();

  constructor(
    readonly ledger: Ledger,
    readonly saving: Saving | undefined,
    readonly env: Pick<SessionEnv, 'workedOff'>,
  ) {}

  watch(stream: string): void {
    this.#streams.add(stream);
    this.look();
  }

  /** Something was settled, confirmed or forgotten. */
  look(): void {
    if (this.#streams.size === 0) return;
    for (const stream of this.#streams) {
      const book = this.ledger.books.get(stream);
      if ((book !== undefined && !isWorkedOff(book)) || this.saving?.isSaved(stream) === false) continue;
      this.#streams.delete(stream);
      this.env.workedOff?.(stream);
    }
  }

  /** It has left: nothing is known of it any more but what is returned. */
  forget(stream: string): Book | undefined {
    const book = this.ledger.books.get(stream);
    this.ledger.books.delete(stream);
    this.saving?.end(stream);
    return book;
  }
}
