import { whole } from '../checks.js';
import type { AnySource } from '../sources/source.js';
import { refine } from './refine.js';

/**
 * Refiner: sets the window, the bound of entries that are fetched and not yet settled.
 *
 * Use it to trade memory and fairness between consumers for fewer round trips. Unlike `bufferCount` it buffers nothing itself, and
 * unlike the `concurrency` of a stage it says how much is *fetched*: the source reads up to `size` entries ahead of the settling and
 * reads again once `refillAt` or fewer are held. `refillAt` may delay a refill and never prevents one: where there is room and
 * nothing was settled for 10 ms, it is used.
 *
 * ```
 * held:   4   3   2→4   3   2→4        size 4, refillAt 2
 * XREADGROUP:     COUNT 2   COUNT 2
 * ```
 *
 * @example
 * ```ts
 * fromGroup(redis, { streams: 'orders', group: 'billing' })
 *   .pipe(bufferRefill({ size: 256, refillAt: 128 }), ackAfter((order) => charge(order.fields), { concurrency: 8 }))
 *   .subscribe();
 * ```
 *
 * `size` is a whole number of entries, 1 or more (default of the source: 100); `refillAt` from 0 to `size` (default: half of it).
 * Anything else is a `TypeError` or `RangeError` at the call. A pipeline that needs n entries together, as `bufferCount(n)` does,
 * needs a `size` of at least n.
 *
 * @see {@link fromGroup}, {@link fromStreams}
 */
export function bufferRefill({
  size,
  refillAt,
}: {
  size: number;
  refillAt?: number | undefined;
}): <S extends AnySource>(source: S) => S {
  whole('size', size, { least: 1 });
  if (refillAt !== undefined) whole('refillAt', refillAt, { least: 0, most: size });
  return (source) => refine('bufferRefill', source, { bufferSize: size, refillAt });
}
