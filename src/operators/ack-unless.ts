import { Observable, type MonoTypeOperatorFunction, type OperatorFunction } from 'rxjs';
import { DONE, processes } from '../channels.js';
import { wrongType } from '../checks.js';
import type { Entry, FieldValue } from '../entry.js';
import { isSettleable, SETTLEMENT } from '../settlement.js';
import { noEntry, settle, take } from './owed.js';
import { StageLife } from './stage-life.js';
import { workedOn } from './worked-on.js';

/**
 * A stage: the `filter` that acknowledges what it drops.
 *
 * Use it instead of `filter` above the work: an entry that a plain `filter` drops is never settled, keeps its place in the window for
 * ever, and with enough of them reading stops (the `stalled` notice). What passes is untouched and still to be acked further down.
 *
 * ```
 * source    --a--b--c--d--|
 * result    --a-----c-----|      ackUnless(isWanted)
 * acks      -----b-----d---
 * ```
 *
 * It works on entries, not on arrays: put it above `bufferCount`. It completes, or errors, only after its acks are confirmed.
 *
 * @example
 * ```ts
 * fromGroup(redis, { streams: ['orders'], group: 'billing', consumer: 'one' })
 *   .pipe(
 *     ackUnless((order) => order.fields['country'] === 'DE'),
 *     ackAfter((order) => charge(order.fields)),
 *   )
 *   .subscribe({ error: report });
 * ```
 *
 * What can go wrong:
 * - A predicate that throws: reading stops, the entry stays pending, and the error goes downstream once acks are confirmed.
 * - Redis refuses an ack: stops with `ACK_REFUSED` (an `AckError` with the ids). While it is ending already, and when `drainTimeout`
 *   runs out (`DRAIN_TIMEOUT`), it waits for nothing any more.
 * - What is no entry is a `TypeError`: use `map(order => order.mapValue(…))` above it.
 * - A predicate that is no function is a `TypeError` at the call. One that returns a promise drops nothing: a promise is truthy.
 *
 * @see {@link ackAfter} for acking what was worked on
 */
export function ackUnless<D extends Entry<unknown, FieldValue>, Passed extends D>(
  predicate: (entry: D, index: number) => entry is Passed,
): OperatorFunction<D, Passed>;
export function ackUnless<D extends Entry<unknown, FieldValue>>(
  predicate: (entry: D, index: number) => boolean,
): MonoTypeOperatorFunction<D>;
export function ackUnless<D extends Entry<unknown, FieldValue>>(
  predicate: (entry: D, index: number) => boolean,
): MonoTypeOperatorFunction<D> {
  if (typeof predicate !== 'function') throw wrongType('predicate', predicate, 'a function of the entry');
  return (source) =>
    new Observable((downstream) => {
      let index = 0;
      // Everything happens inside `next`: nothing ever runs or waits.
      const life = new StageLife({
        downstream,
        isIdle: () => true,
        proceed: nothing,
        giveBack: nothing,
        cancel: nothing,
        met: nothing,
        comesNoMore: nothing,
      });
      life.live(source, (entry) => {
        if (!isSettleable(entry)) return life.stop(noEntry('ackUnless', 'entries', entry));
        const settlement = entry[SETTLEMENT];
        const watched = processes.hasSubscribers ? workedOn('ackUnless', entry, settlement) : undefined;
        try {
          const passes = watched === undefined ? predicate(entry, index++) : watched.run(() => predicate(entry, index++));
          watched?.end(DONE);
          if (passes) return life.emit(entry);
        } catch (error) {
          watched?.end({ how: 'failed', error });
          drop('left');
          return life.stop(error);
        }
        drop('acked');

        function drop(as: 'acked' | 'left'): void {
          take(settlement);
          life.meet(settlement);
          settle(settlement, as);
        }
      });
    });
}

function nothing(): void {
  // a filter has no work
}
