import { ms } from '../checks.js';
import type { AnySource } from '../sources/source.js';
import { refine } from './refine.js';

/**
 * Refiner: completes once there is nothing left to read.
 *
 * Use it for jobs that work off what is there and end, and in tests. The first read that finds nothing ends the source, once no
 * lost reply is unaccounted for; what was emitted still runs, is acked, and only then a stage completes. `drainTimeout` bounds how long
 * nothing may be settled then (`DRAIN_TIMEOUT`), not the work as a whole.
 *
 * ```
 * XADD:   a-b-c|sub|
 *   untilDrained()
 *              |sub|abc|
 * ```
 *
 * @example
 * ```ts
 * const done = lastValueFrom(
 *   fromGroup(redis, { streams: 'orders', group: 'billing' }).pipe(
 *     untilDrained(),
 *     ackAfter((order) => charge(order.fields)),
 *     count(),
 *   ),
 * );
 * ```
 *
 * `timeout` is how long in ms the last read waits for one more entry, a whole number, 0 or more; default 0.
 *
 * @see {@link fromGroup}, {@link fromStreams}
 */
export function untilDrained({ timeout = 0 }: { timeout?: number | undefined } = {}): <S extends AnySource>(source: S) => S {
  ms('timeout', timeout, { least: 0 });
  return (source) => refine('untilDrained', source, { until: 'drained', timeout });
}
