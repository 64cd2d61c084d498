import type { Redis } from 'ioredis';
import { VirtualTimeScheduler, type Subscription } from 'rxjs';
import { groupLag, type GroupLag, type GroupLagOptions } from '../../../src/index.js';

/** A subscription to `groupLag` whose looks come when a test asks for them. */
export class Looks {
  readonly #clock = new VirtualTimeScheduler(undefined, 0);
  #subscription: Subscription | undefined;
  #asked: { resolve(lag: GroupLag): void; reject(error: unknown): void } | undefined;

  constructor(
    readonly redis: Redis,
    readonly options: Omit<GroupLagOptions, 'scheduler' | 'every'>,
  ) {}

  /** The first look comes with the subscription, each other when it is due. */
  next(): Promise<GroupLag> {
    return new Promise((resolve, reject) => {
      this.#asked = { resolve, reject };
      if (this.#subscription === undefined) this.#subscribe();
      else this.#advance();
    });
  }

  stop(): void {
    this.#subscription?.unsubscribe();
  }

  #subscribe(): void {
    this.#subscription = groupLag(this.redis, { ...this.options, scheduler: this.#clock, every: 1_000 }).subscribe({
      next: (lag) => this.#asked?.resolve(lag),
      error: (error: unknown) => this.#asked?.reject(error),
    });
  }

  #advance(): void {
    this.#clock.maxFrames += 1_000;
    this.#clock.flush();
    this.#clock.frame = this.#clock.maxFrames;
  }
}
