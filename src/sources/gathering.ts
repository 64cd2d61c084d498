import type { StreamsError } from '../errors.js';
import type { Notice } from '../notices.js';
import { together } from '../streams/adding.js';
import type { Owed } from '../streams/effects.js';
import type { Sink } from './sink.js';

/** What a reader tells of itself; the rest it tells the subscriber directly. */
export type Ends = Pick<Sink, 'end' | 'closing' | 'closed'> & { readonly tell: (notice: Notice) => void };

export interface GatheringEnv {
  readonly sink: Pick<Sink, 'end' | 'closing' | 'closed'>;
  readonly tell: (notice: Notice) => void;
  /** A reader has failed: the others end too. */
  readonly failed: () => void;
}

/**
 * The ends of several readers as the end of one subscription: it has ended when all have, with the first error that there was. Of
 * `closing` and `closed` one is told.
 */
export class Gathering {
  readonly #env: GatheringEnv;
  #readers = 0;
  /** How many of them have ended, read no more, told that they close, and are released. */
  readonly #count = { ended: 0, over: 0, closing: 0, closed: 0 };
  #error: StreamsError | undefined;
  #told = false;
  readonly #owed: Owed[] = [];

  constructor(env: GatheringEnv) {
    this.#env = env;
  }

  reader(): Ends {
    this.#readers += 1;
    const { sink } = this.#env;
    let closed = false;
    return {
      end: (error) => {
        this.#count.ended += 1;
        if (error !== undefined) this.#fail(error);
        if (this.#all('ended')) sink.end(this.#error);
      },
      closing: () => {
        this.#count.over += 1;
        if (this.#all('over')) sink.closing();
      },
      closed: (owed) => {
        this.#count.closed += 1;
        this.#owed.push(owed);
        if (!this.#all('closed')) return;
        this.#env.tell({ type: 'closed', ...(this.#error && { error: this.#error }) });
        sink.closed(together(this.#owed));
      },
      tell: (notice) => {
        if (notice.type === 'closing') return this.#closing(notice);
        if (notice.type === 'closed') {
          closed = true;
          this.#error ??= notice.error;
        } else if (!closed || notice.type === 'ack-refused' || notice.type === 'not-given-back') this.#env.tell(notice);
      },
    };
  }

  /** A reader has gone that had nothing to read. */
  leave(): void {
    this.#readers -= 1;
  }

  #fail(error: StreamsError): void {
    if (this.#error !== undefined) return;
    this.#error = error;
    this.#env.failed();
  }

  /** Readers are drained one by one; whatever else ends one ends them all. */
  #closing(notice: Notice & { type: 'closing' }): void {
    this.#count.closing += 1;
    if (this.#told || (notice.why === 'drained' && !this.#all('closing'))) return;
    this.#told = true;
    this.#env.tell(notice);
  }

  #all(what: 'ended' | 'over' | 'closing' | 'closed'): boolean {
    return this.#count[what] === this.#readers;
  }
}
