import { claimPlan } from '../check-redelivery.js';
import type { ClaimIdleOptions } from '../options.js';
import type { AnySource } from '../sources/source.js';
import { refineGroup } from './refine.js';

/**
 * Refiner: adopts entries of the group that nobody has touched for `minIdle` ms, because their consumer died or lost its way.
 *
 * Use it in every worker of a group with more than one consumer: what a dead one held goes on with the others. Entries come as
 * `origin: 'claimed'`, with the delivery count of Redis as `attempt`. Living consumers renew the idle time of what they hold (the option
 * `lease`), however long their work takes, so nothing is taken from them; what this process holds itself is never claimed.
 *
 * ```
 * pending of a dead consumer:  a b
 * idle time of a, b:           0----------minIdle
 *   claimIdle({ minIdle })
 *                              -------------(ab)
 * ```
 *
 * @example
 * ```ts
 * fromGroup(redis, { streams: 'orders', group: 'billing' })
 *   .pipe(claimIdle({ minIdle: 60_000 }), ackAfter((order) => charge(order.fields)))
 *   .subscribe({ error: report });
 * ```
 *
 * One round looks through the whole pending list of each stream, in pages, as far as the window has room; it goes on where it was. A
 * round begins at the start and then `every` ms (default: half of `minIdle`) after the end of the one before, and goes before fresh
 * entries; with `untilDrained()` there is the one at the start. Our own pending entries that nobody holds are adopted too, when they are idle for so long.
 * What is no longer in the stream leaves the pending list instead, and is told (`gone`).
 *
 * Throws a `TypeError` or `RangeError` at the call for what is no whole number of ms; a `RangeError` in `pipe()` when `minIdle` is less
 * than three times `lease.renewEvery` (10,000 ms by default), or with `autoAcknowledge`; a `TypeError` behind any operator that is no
 * refiner and on `fromStreams`. Errors by code: `UNSUPPORTED` on servers before Redis 6.2.
 *
 * @see {@link backlogFirst}, {@link redeliver}
 */
export function claimIdle(options: ClaimIdleOptions): <S extends AnySource & { readonly kind: 'group' }>(source: S) => S {
  claimPlan(options);
  return (source) => refineGroup('claimIdle', source, { claimIdle: options });
}
