import type { Outcome, Session, Settlement } from '../settlement.js';
import type { Book, Held } from './ledger.js';

/** What a hold needs of its session. */
export interface Holder extends Session {
  took(hold: Hold): void;
  settled(hold: Hold, as: Outcome, reason: unknown): void;
  whenConfirmed(book: Book<Hold>, id: string): Promise<void>;
}

/**
 * One entry's place in the window, and its settlement. It knows nothing of what the entry holds: V8 keeps what a `Map` once held
 * alive for a while longer, and with the fields that made young collections ten times slower.
 */
export class Hold implements Settlement, Held {
  state: 'open' | 'taken' | 'settled' = 'open';
  readonly #holder: Holder;
  #controller: AbortController | undefined;

  constructor(
    holder: Holder,
    readonly book: Book<Hold>,
    readonly id: string,
    readonly attempt: number,
  ) {
    this.#holder = holder;
  }

  get session(): Session {
    return this.#holder;
  }

  get settled(): boolean {
    return this.state === 'settled';
  }

  /** Aborted when the entry is left or given back. Most entries never need one. */
  get signal(): AbortSignal {
    this.#controller ??= new AbortController();
    return this.#controller.signal;
  }

  take(): void {
    if (this.state !== 'open') return;
    this.state = 'taken';
    this.#holder.took(this);
  }

  settle(as: Outcome, reason?: unknown): void {
    if (this.state === 'settled') return;
    this.#holder.settled(this, as, reason);
    if (as === 'left' || as === 'released') this.#controller?.abort(reason);
  }

  /** Resolves once Redis confirmed the ack; at once when it has, or when there is none to confirm. */
  whenConfirmed(): Promise<void> {
    return this.#holder.whenConfirmed(this.book, this.id);
  }
}
