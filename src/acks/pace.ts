import { Subscription, type SchedulerLike } from 'rxjs';
import { backoff } from '../backoff.js';
import type { Notice, Retried } from '../notices.js';
import { classify } from '../wire/failures.js';

export interface PaceEnv {
  readonly port: { readonly ended: boolean };
  /** Clock of the backoff. */
  readonly scheduler: SchedulerLike;
  /** Sends in the same turn what is settled in it. */
  readonly soon: SchedulerLike;
  readonly dice: () => number;
  readonly tell: (notice: Notice) => void;
  /** The counts changed. */
  readonly changed: () => void;
}

/** When to send: at the end of the turn, after a failure with a backoff (50 ms to 5 s), and late at once. */
export class Pace {
  /** The last command failed and waits for its turn. */
  failing = false;
  /** After closing nothing is tried twice: no timer outlives it. */
  isLate = false;
  #attempt = 0;
  #scheduled = false;
  readonly #timers = new Subscription();

  constructor(
    readonly what: Retried,
    readonly send: () => void,
    readonly env: PaceEnv,
  ) {}

  /** There is something to send. */
  poke(): void {
    if (this.failing || this.#scheduled) return;
    this.#scheduled = true;
    this.#later(this.env.soon, 0, () => {
      this.#scheduled = false;
      this.send();
    });
  }

  /** A command has landed. */
  calm(): void {
    this.#attempt = 0;
    this.failing = false;
  }

  /** Whether what failed will be sent again; then sets the timer. */
  again(cause: unknown): boolean {
    const { port, scheduler, dice, tell, changed } = this.env;
    const failure = classify(cause);
    if (this.isLate || port.ended || failure.kind === 'fatal' || failure.kind === 'heal') return false;
    this.failing = true;
    this.#attempt += 1;
    const delay = backoff(this.#attempt, dice());
    tell({ type: 'retrying', what: this.what, attempt: this.#attempt, delay, error: failure.error });
    changed();
    this.#later(scheduler, delay, () => {
      this.failing = false;
      this.send();
    });
    return true;
  }

  /** Nothing is waited for any more. */
  stop(): void {
    this.#timers.unsubscribe();
  }

  /** Closed: whoever comes from now on, or came a moment ago, is late: it is sent at once, and once. */
  finish(): void {
    this.isLate = true;
    this.#timers.unsubscribe();
    this.#scheduled = false;
    this.failing = false;
    this.send();
  }

  #later(scheduler: SchedulerLike, delay: number, work: () => void): void {
    if (this.#timers.closed) return this.isLate ? work() : undefined;
    const scheduled = scheduler.schedule(() => {
      this.#timers.remove(scheduled);
      work();
    }, delay);
    this.#timers.add(scheduled);
  }
}
