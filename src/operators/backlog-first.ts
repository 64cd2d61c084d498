import type { AnySource } from '../sources/source.js';
import { refineGroup } from './refine.js';

/**
 * Refiner: our own pending entries come first, all of them, before anything fresh.
 *
 * Use it in every worker that has a stable `consumer` name: what it had not finished when it died comes again after the restart.
 * Entries come in stream order as `origin: 'backlog'`, with the delivery count of Redis as `attempt`. No stream goes live before the
 * backlogs of all are empty; then a `backlog-done` notice tells the count of each.
 *
 * ```
 * pending:         a b
 * XADD:                     c--d--
 *   backlogFirst()
 *                  a-b------c--d--
 * ```
 *
 * @example
 * ```ts
 * fromGroup(redis, { streams: 'orders', group: 'billing', consumer: hostname() })
 *   .pipe(backlogFirst(), ackAfter((order) => charge(order.fields)))
 *   .subscribe();
 * ```
 *
 * Throws a `TypeError` without a `consumer` name in the options, behind any operator that is no refiner, and on `fromStreams`
 * (which has no pending entries); a `RangeError` with `autoAcknowledge`.
 *
 * @see {@link fromGroup}, {@link bufferRefill}
 */
export function backlogFirst(): <S extends AnySource & { readonly kind: 'group' }>(source: S) => S {
  return (source) => refineGroup('backlogFirst', source, { startFromBacklog: true });
}
