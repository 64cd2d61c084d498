import { Subscription } from 'rxjs';
import type { TestScheduler } from 'rxjs/testing';
import { keepSorted } from './keep-sorted.js';

/** What closing may take beyond `drainTimeout`: a watchdog that notices a dead connection, a backoff that was begun. */
const BEYOND = 10 * 60_000;

/** The clock of one block: it stops at the horizon, so that timers which are armed again for ever cannot keep it going. */
export class Clock {
  /** The frame of the last sign of any diagram. */
  #last = 0;
  #running = false;
  /** What happens by itself at its frame, and no longer when the block is over. */
  readonly #script = new Subscription();

  constructor(
    readonly scheduler: TestScheduler,
    readonly set: number | undefined,
  ) {
    keepSorted(scheduler);
  }

  readonly now = (): number => this.scheduler.frame;

  get running(): boolean {
    return this.#running;
  }

  get horizon(): number {
    return this.set ?? this.#last;
  }

  /** A diagram goes on until there. */
  reach(frame: number): void {
    if (Number.isFinite(frame)) this.#last = Math.max(this.#last, frame);
  }

  /** The script says that this happens then. */
  at(frame: number, happens: () => void): void {
    this.#script.add(this.scheduler.schedule(happens, Math.max(0, frame - this.now())));
  }

  /** Runs to the horizon, and there is what `now()` says then. */
  run(): void {
    if (this.#running) return;
    const { scheduler, horizon } = this;
    if (horizon > this.now()) scheduler.schedule(nothing, horizon - this.now());
    this.#flush(horizon);
  }

  /**
   * Beyond the horizon: to the end of the script if the horizon was set before that, and then from timer to timer while `open()`, as
   * long as a source with that `drainTimeout` may take.
   */
  finish(open: () => boolean, drainTimeout: number): void {
    this.#script.unsubscribe();
    const { scheduler } = this;
    this.#flush(Math.max(this.#last, this.horizon));
    const bound = this.now() + drainTimeout + BEYOND;
    for (let next = scheduler.actions[0]; open() && next !== undefined; next = scheduler.actions[0]) {
      if (next.delay > bound) break;
      this.#flush(next.delay);
    }
  }

  /** Timers that nobody has cancelled. */
  get left(): readonly string[] {
    const [next, ...more] = this.scheduler.actions;
    if (next === undefined) return [];
    const others = more.length === 0 ? '' : `, and ${more.length} more after it`;
    return [`a timer is still set, for frame ${next.delay}${others}`];
  }

  #flush(until: number): void {
    this.#running = true;
    this.scheduler.maxFrames = until;
    try {
      this.scheduler.flush();
    } finally {
      this.#running = false;
    }
  }
}

function nothing(): void {
  // only so that the clock gets there
}
