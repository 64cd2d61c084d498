import type { Subscription } from 'rxjs';
import { type SchedulerLike } from 'rxjs';
import type { TimerName } from '../streams/events.js';

/** One timer of each name; none outlives `clear()`. */
export class Timers {
  readonly #running = new Map<TimerName, Subscription>();

  constructor(
    readonly scheduler: SchedulerLike,
    readonly rang: (name: TimerName) => void,
  ) {}

  set(name: TimerName, ms: number): void {
    this.cancel(name);
    const timer = this.scheduler.schedule(() => {
      this.#running.delete(name);
      this.rang(name);
    }, ms);
    this.#running.set(name, timer);
  }

  cancel(name: TimerName): void {
    this.#running.get(name)?.unsubscribe();
    this.#running.delete(name);
  }

  clear(): void {
    for (const timer of this.#running.values()) timer.unsubscribe();
    this.#running.clear();
  }
}
