import { EMPTY, NEVER, type Observable } from 'rxjs';
import { noDeadLetter } from '../../acks/dead-letter.js';
import type { AckError } from '../../errors.js';
import type { Notice } from '../../notices.js';
import type { Addition, Outcome, Session, Settlement } from '../../settlement.js';

/** One subscription of `deliveries()`: nothing is sent, and whatever is settled is confirmed. */
export class FakeSession implements Session {
  readonly bufferSize: number = Number.MAX_SAFE_INTEGER;
  readonly confirmed: Observable<never> = EMPTY;
  readonly refused: Observable<AckError> = NEVER;
  readonly forgotten: Session['forgotten'] = NEVER;
  torn = false;

  constructor(
    /** There is a stream for what is rejected. */
    readonly deadLetter: boolean,
  ) {}

  tell(_: Notice): void {
    // nobody to tell
  }
}

/** The settlement of one fake delivery; the first call wins. */
export class FakeSettlement implements Settlement {
  readonly stream = 'deliveries';
  /** Nobody delivers it again. */
  readonly waits: boolean = false;
  settled = false;
  #controller: AbortController | undefined;

  constructor(
    readonly session: FakeSession,
    readonly id: string,
  ) {}

  get signal(): AbortSignal {
    this.#controller ??= new AbortController();
    return this.#controller.signal;
  }

  take(): void {
    // a fake window has room for everything
  }

  settle(as: Outcome, reason?: unknown): void {
    if (this.settled) return;
    if (as === 'rejected' && !this.session.deadLetter) throw noDeadLetter(this, reason);
    this.settled = true;
    if (as === 'left' || as === 'released') this.#controller?.abort(reason);
  }

  checkForward(_: string): void {
    // every stream is near
  }

  /** Seen as an ack: nothing is sent. */
  forward(_: Addition): void {
    this.settle('acked');
  }
}
