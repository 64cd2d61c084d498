import { SETTLEMENT } from '../settlement.js';
import type { Pulled } from './request.js';

/** What was fetched and not asked for yet, oldest first. */
export class Fetched {
  readonly #entries: Pulled[] = [];

  push(entry: Pulled): void {
    this.#entries.push(entry);
  }

  /** Takes out the next. What another consumer has claimed meanwhile is no longer ours to hand out. */
  take(): Pulled | undefined {
    for (let entry = this.#entries.shift(); entry !== undefined; entry = this.#entries.shift()) {
      const hold = entry[SETTLEMENT];
      if (hold.lease !== 'lost') return entry;
      hold.settle('released');
    }
    return undefined;
  }

  /** As if nothing of it had been delivered. */
  giveBack(): void {
    for (const entry of this.#entries.splice(0)) entry[SETTLEMENT].settle('released');
  }
}
