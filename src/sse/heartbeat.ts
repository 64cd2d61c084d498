import type { SchedulerLike, Subscription } from 'rxjs';

/** Beats when nothing was sent for so long. One timer, however much is sent. */
export class Heartbeat {
  readonly #every: number;
  readonly #scheduler: SchedulerLike;
  /** When something was sent last. */
  #last: number;

  constructor({ every, scheduler }: { every: number; scheduler: SchedulerLike }) {
    this.#every = every;
    this.#scheduler = scheduler;
    this.#last = scheduler.now();
  }

  sent(): void {
    this.#last = this.#scheduler.now();
  }

  /** Until it is unsubscribed. */
  begin(beat: () => void): Subscription {
    const every = this.#every;
    const wait = (): number => this.#last + this.#every - this.#scheduler.now();
    return this.#scheduler.schedule<undefined>(function () {
      if (wait() <= 0) beat();
      // A clock that was set back must not silence it.
      this.schedule(undefined, Math.min(Math.max(wait(), 1), every));
    }, every);
  }
}
