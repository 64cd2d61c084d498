import { Subscription, type Observable, type SchedulerLike } from 'rxjs';
import { backoff } from '../backoff.js';
import type { Notice, Retried } from '../notices.js';
import { classify } from '../wire/failures.js';
import type { Port } from '../wire/port.js';

export interface AttemptsEnv {
  readonly port: Pick<Port, 'ended'>;
  /** Clock of the backoff. */
  readonly scheduler: SchedulerLike;
  readonly dice: () => number;
  readonly tell: (notice: Notice) => void;
  /** Everything that waits may be sent again. */
  readonly retry: () => void;
}

/** The commands on their way home: they are listened to, and tried again after a backoff (50 ms to 5 s) until it is over. */
export class Attempts {
  /** The last command failed and waits for its turn. */
  failing = false;
  /** After closing nothing is tried twice: no timer outlives it. */
  late = false;
  #attempt = 0;
  readonly #timers = new Subscription();
  readonly #commands = new Subscription();

  constructor(readonly env: AttemptsEnv) {}

  track<T>(command: Observable<T>, on: { landed: (reply: T) => void; failed: (error: unknown) => void }): void {
    const running = command.subscribe({ next: (reply) => on.landed(reply), error: (error: unknown) => on.failed(error) });
    if (!this.late) this.#commands.add(running);
  }

  calm(): void {
    this.#attempt = 0;
    this.failing = false;
  }

  /** Whether a failed command will be sent again; then sets the timer for everything that waits. */
  again(what: Retried, cause: unknown): boolean {
    const { port, dice, tell, scheduler, retry } = this.env;
    const failure = classify(cause);
    if (this.late || port.ended || failure.kind === 'fatal' || failure.kind === 'heal') return false;
    if (this.failing) return true;
    this.failing = true;
    this.#attempt += 1;
    const delay = backoff(this.#attempt, dice());
    tell({ type: 'retrying', what, attempt: this.#attempt, delay, error: failure.error });
    this.later(scheduler, delay, () => {
      this.failing = false;
      retry();
    });
    return true;
  }

  later(scheduler: SchedulerLike, delay: number, work: () => void): void {
    if (this.#timers.closed) return this.late ? work() : undefined;
    const scheduled = scheduler.schedule(() => {
      this.#timers.remove(scheduled);
      work();
    }, delay);
    this.#timers.add(scheduled);
  }

  /** Nothing is waited for any more. */
  giveUp(): void {
    this.#timers.unsubscribe();
    this.#commands.unsubscribe();
  }

  /** Closed: what is sent from now on is sent at once, and once. What is in the air lands. */
  finish(): void {
    this.late = true;
    this.#timers.unsubscribe();
    this.failing = false;
  }
}
