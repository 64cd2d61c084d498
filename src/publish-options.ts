import type { SchedulerLike } from 'rxjs';
import type { Notice } from './notices.js';
import type { Outgoing } from './outgoing.js';
import type { TrimOptions } from './trimming.js';

/** The options of `publishTo`, beside those that keep the stream short. */
export interface PublishOptions<T = unknown> extends TrimOptions {
  /** `(value, index) => fields`. Default: an entry's own fields, and anything else as it is. */
  encode?: ((value: T, index: number) => Outgoing) | undefined;
  /** XADDs on their way at once. 1 keeps the order of values whatever Redis refuses. Default 100. */
  concurrency?: number | undefined;
  /** So many values may wait that nobody holds back; one more is the error PUBLISH_OVERFLOW. `Infinity`: no bound. Default 10,000. */
  maxWaiting?: number | undefined;
  /** The clock of every timer. Default: RxJS's `asyncScheduler`. */
  scheduler?: SchedulerLike | undefined;
  /** Called with every notice; here that is `retrying`. What it throws is reported as an uncaught error, never into the stream. */
  notify?: ((notice: Notice) => void) | undefined;
}
