import { asyncScheduler, type SchedulerLike, type Subscription } from 'rxjs';
import type { TimerName } from '../streams/events.js';
import { clockOf } from '../wire/clock.js';

interface Timer {
  /** When the scheduler wakes us. */
  readonly wakes: number;
  readonly task: Subscription;
  /** When it rings; undefined: it is cancelled. */
  rings: number | undefined;
}

/**
 * One timer of each name; none outlives `clear()`. Around every read one is set and cancelled, hardly any of which ever rings: so a later time is
 * only written down, and looked at when the scheduler wakes us for the earlier one.
 */
export class Timers {
  readonly #timers = new Map<TimerName, Timer>();

  readonly #scheduler: SchedulerLike;
  readonly #now: () => number;

  /** Without a scheduler: real time. */
  constructor(
    scheduler: SchedulerLike | undefined,
    readonly rang: (name: TimerName) => void,
  ) {
    this.#scheduler = scheduler ?? asyncScheduler;
    this.#now = clockOf(scheduler);
  }

  set(name: TimerName, ms: number): void {
    const rings = this.#now() + ms;
    const timer = this.#timers.get(name);
    if (timer !== undefined && timer.wakes <= rings) timer.rings = rings;
    else {
      timer?.task.unsubscribe();
      this.#schedule(name, rings, ms);
    }
  }

  cancel(name: TimerName): void {
    const timer = this.#timers.get(name);
    if (timer !== undefined) timer.rings = undefined;
  }

  clear(): void {
    for (const { task } of this.#timers.values()) task.unsubscribe();
    this.#timers.clear();
  }

  #schedule(name: TimerName, rings: number, ms: number): void {
    const task = this.#scheduler.schedule(() => this.#woken(name), ms);
    this.#timers.set(name, { wakes: rings, task, rings });
  }

  #woken(name: TimerName): void {
    const rings = this.#timers.get(name)?.rings;
    this.#timers.delete(name);
    if (rings === undefined) return;
    const left = rings - this.#now();
    if (left > 0) this.#schedule(name, rings, left);
    else this.rang(name);
  }
}
