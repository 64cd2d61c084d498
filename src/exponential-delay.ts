import { ms, outOfRange, wrongType } from './checks.js';

/** What {@link exponentialDelay} takes. */
export interface ExponentialDelayOptions {
  /** ms after the first delivery. Default 1,000. */
  readonly first?: number;
  /** The bound of it, ms. Default 60,000. */
  readonly most?: number;
  /** Which part of it is left to chance, from 0 to 1, so that entries that failed together do not come back together. Default 0.5. */
  readonly jitter?: number;
}

/**
 * A `delay` for `redeliver()`: `first` ms after the first delivery, twice as long after each further one, `most` ms at last. The chance
 * in it (`dice`, from 0 up to 1) is handed in by the source.
 *
 * @example
 * ```ts
 * const orders = fromGroup(redis, { streams: 'orders', group: 'billing', consumer: 'billing-1' }).pipe(
 *   redeliver({ delay: exponentialDelay({ first: 500, most: 30_000 }) }),
 *   ackAfter((order) => charge(order.fields), { onError: 'nack' }),
 * );
 * ```
 *
 * Throws a `TypeError` or `RangeError` for what is no whole number of ms, and for a `jitter` outside 0 to 1.
 * @see {@link redeliver}
 */
export function exponentialDelay({ first = 1_000, most = 60_000, jitter = 0.5 }: ExponentialDelayOptions = {}): (
  attempt: number,
  dice?: number,
) => number {
  ms('first', first, { least: 0 });
  ms('most', most, { least: first });
  if (typeof jitter !== 'number') throw wrongType('jitter', jitter, 'a number from 0 to 1');
  if (!(jitter >= 0 && jitter <= 1)) throw outOfRange('jitter', jitter, 'a number from 0 to 1');
  return (attempt, dice = 0) => {
    const full = Math.min(first * 2 ** Math.min(Math.max(attempt, 1) - 1, 40), most);
    return Math.round(full * (1 - jitter * dice));
  };
}
