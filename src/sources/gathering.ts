import type { StreamsError } from '../errors.js';
import type { Notice } from '../notices.js';
import { together } from '../streams/adding.js';
import type { Owed } from '../streams/effects.js';
import type { Sink } from './sink.js';

/** What a reader tells of its end; the rest it tells the subscriber directly. */
export interface Ends extends Pick<Sink, 'end' | 'closing' | 'closed'> {
  readonly tell: (notice: Notice) => void;
  /** It has nothing to read after all, and is none of them any more. */
  leave(): void;
}

export interface GatheringEnv {
  readonly sink: Pick<Sink, 'end' | 'closing' | 'closed'>;
  readonly tell: (notice: Notice) => void;
  /** A reader has failed: the others end too. */
  readonly failed: () => void;
}

/** How far a reader's end has come. */
type Stage = 'told' | 'over' | 'ended' | 'closed';

/**
 * The ends of several readers as the end of one subscription: it has ended when all have, with the first error that there was. Of
 * `closing` and `closed` one is told.
 */
export class Gathering {
  readonly #env: GatheringEnv;
  #readers = 0;
  readonly #count: Record<Stage, number> = { told: 0, over: 0, ended: 0, closed: 0 };
  #error: StreamsError | undefined;
  /** `closing` was told. */
  #closing = false;
  readonly #owed: Owed[] = [];

  constructor(env: GatheringEnv) {
    this.#env = env;
  }

  reader(): Ends {
    this.#readers += 1;
    const { sink } = this.#env;
    let state: 'open' | 'closed' | 'left' = 'open';
    const reached = (stage: Stage, then: () => void): void => {
      if (state === 'left') return;
      this.#count[stage] += 1;
      if (this.#count[stage] === this.#readers) then();
    };
    return {
      end: (error) => {
        if (error !== undefined) this.#fail(error);
        reached('ended', () => sink.end(this.#error));
      },
      closing: () => reached('over', () => sink.closing()),
      closed: (owed) => {
        this.#owed.push(owed);
        reached('closed', () => {
          this.#env.tell({ type: 'closed', ...(this.#error && { error: this.#error }) });
          sink.closed(together(this.#owed));
        });
      },
      tell: (notice) => {
        if (notice.type === 'closing') {
          // Readers are drained one by one; whatever else ends one ends them all.
          if (notice.why !== 'drained' && state === 'open') this.#tellClosing(notice);
          reached('told', () => this.#tellClosing(notice));
        } else if (notice.type === 'closed') {
          if (state === 'open') state = 'closed';
          this.#error ??= notice.error;
        } else if (state === 'open' || notice.type === 'ack-refused' || notice.type === 'not-given-back') {
          this.#env.tell(notice);
        }
      },
      leave: () => {
        state = 'left';
        this.#readers -= 1;
      },
    };
  }

  #fail(error: StreamsError): void {
    if (this.#error !== undefined) return;
    this.#error = error;
    this.#env.failed();
  }

  #tellClosing(notice: Notice): void {
    if (this.#closing) return;
    this.#closing = true;
    this.#env.tell(notice);
  }
}
