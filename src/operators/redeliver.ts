import { redeliverPlan } from '../check-redelivery.js';
import type { RedeliverOptions } from '../options.js';
import type { AnySource } from '../sources/source.js';
import { refineGroup } from './refine.js';

/**
 * Refiner: nacked entries come again after a delay, and what fails too often is put on a dead-letter stream.
 *
 * Use it where work may fail for a while (an entry is nacked and comes again) or for good (after `maxDeliveries`, or at once by
 * `reject()`). A waiting entry has no place in the window or in a stage's `concurrency`; it stays pending under our name, so a crash
 * loses nothing, and Redis counts its deliveries. Others of its `key` (`ackAfter({ key })`) wait for it.
 *
 * ```
 * source      --a--------------|
 * project     a: --#       a: --x|
 *   redeliver({ delay: 5 }), ackAfter(project, { onError: 'nack' })
 *             ----------------x|
 * acks        ----------------a-
 * ```
 *
 * @example
 * ```ts
 * fromGroup(redis, { streams: 'orders', group: 'billing', consumer: 'billing-1' })
 *   .pipe(
 *     backlogFirst(),
 *     redeliver({ maxDeliveries: 5, deadLetter: 'orders:dead' }),
 *     ackAfter((order) => charge(order.fields), { onError: 'nack' }),
 *   )
 *   .subscribe({ error: report });
 * ```
 *
 * A dead letter has the fields of the entry and after them `dead-letter.stream`, `.group`, `.consumer`, `.id`, `.deliveries`, `.time`
 * (ms), `.error` and `.message`. It is added and the entry acked in one script, XACK last: where adding is refused, the entry stays.
 *
 * The count of Redis rises for everything that a process held when it died. So with `maxDeliveries` the backlog and claims are looked
 * at before they are delivered: an entry with one delivery left runs alone, with nothing else in the window, and what has none left is
 * put away without being run.
 *
 * Options and defaults: `maxDeliveries` 1 or more (default: for ever), `delay` in ms or a function of the deliveries so far (default:
 * {@link exponentialDelay}), `deadLetter` (needed for `maxDeliveries`), `maxWaiting` 1 or more (default 1,000): with so many entries
 * waiting, reading pauses (notice `paused`). Throws a `TypeError` or `RangeError` for anything else, with `autoAcknowledge`, for a
 * dead-letter stream that is read itself, and on `fromStreams`. A `delay` that gives no whole number of ms is a `RangeError` in `nack()`,
 * and stops a stage. Errors by code: `ACK_REFUSED` when the dead-letter stream cannot be written to.
 *
 * @see {@link claimIdle}, {@link ackAfter}
 */
export function redeliver(options: RedeliverOptions = {}): <S extends AnySource & { readonly kind: 'group' }>(source: S) => S {
  redeliverPlan(options);
  return (source) => refineGroup('redeliver', source, { redeliver: options });
}
