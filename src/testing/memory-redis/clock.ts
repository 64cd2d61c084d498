import { asyncScheduler, type SchedulerLike, type Subscription } from 'rxjs';

/** The longest that a timer of Node can wait, ms: what asks for more is armed again. */
const LONGEST_TIMER = 2 ** 31 - 1;

export interface ClockOptions {
  readonly scheduler?: SchedulerLike | undefined;
  readonly now?: (() => number) | undefined;
}

/** Time as one server sees it. */
export class Clock {
  /** ms since the epoch: makes ids, delivery times and idle times. */
  readonly now: () => number;
  /** Runs BLOCK and EXPIRE. */
  readonly #scheduler: SchedulerLike;
  /** Not the real one, nor what a test runner put in its place. */
  readonly isHandedIn: boolean;

  constructor({ scheduler = asyncScheduler, now = () => scheduler.now() }: ClockOptions) {
    this.now = () => Math.floor(now());
    this.#scheduler = scheduler;
    this.isHandedIn = scheduler !== asyncScheduler;
  }

  after(ms: number, run: () => void): Subscription {
    return this.#scheduler.schedule<number>(
      function (left = 0) {
        if (left <= 0) run();
        else this.schedule(left - LONGEST_TIMER, Math.min(left, LONGEST_TIMER));
      },
      Math.min(ms, LONGEST_TIMER),
      ms - LONGEST_TIMER,
    );
  }

  /** Until then, by the clock that keys expire by. */
  until(time: number, run: () => void): Subscription {
    return this.after(Math.max(0, time - this.#scheduler.now()), run);
  }

  /**
   * ioredis-mock asks `Date.now()` when a key shall expire and whether it has. While one of its commands runs, and nothing else can,
   * that is the scheduler that was handed in: from here until the function that this gives is called.
   */
  enter(): (() => void) | undefined {
    if (!this.isHandedIn) return undefined;
    const real = Date.now;
    Date.now = () => this.#scheduler.now();
    return () => void (Date.now = real);
  }
}
