import { Observable, type MonoTypeOperatorFunction, type OperatorFunction } from 'rxjs';
import { planAckAfter, type Ackable, type AckAfterOptions } from './ack-after-options.js';
import type { Followed } from './followed.js';
import { WorkStage } from './work-stage.js';

/**
 * A stage: does the work for each entry and acknowledges the entry when the work is done.
 *
 * Use it at the end of the line, or wherever an entry stops mattering to Redis. What `project` returns decides when that is:
 *
 * | `project` returns | emitted | acked |
 * | --- | --- | --- |
 * | a value (strings, arrays, iterables too), nothing | the value, `undefined` | before it is emitted |
 * | a promise | its result | before it is emitted |
 * | an Observable | its values, as they come | when it completes |
 * | an async iterable, a `ReadableStream` | its values, as they come | when it ends |
 *
 * Without a project it acks what reaches it and passes it on. An array (`bufferCount`, `bufferTime`) is one project call that settles
 * all of its members; an empty one is skipped.
 *
 * ```
 * source    --a--b--------|
 * project     a: --x|  b: --y|
 * result    ----x--y------|      ackAfter(project)
 * acks      ----a--b-------
 * ```
 *
 * It completes, or errors, only after every ack it gave is confirmed. `take(n)`, `first()` and `firstValueFrom` below it lose no
 * ack of a value or a promise; an Observable that completes in the same call stack as its last value counts as complete, too.
 *
 * @example
 * ```ts
 * fromGroup(redis, { streams: ['orders'], group: 'billing', consumer: 'one' })
 *   .pipe(ackAfter((order) => charge(order.fields), { concurrency: 8, key: (order) => order.fields['customer'] }))
 *   .subscribe({ error: report });
 * ```
 *
 * What can go wrong:
 * - A project that throws, rejects or errors: see `onError`. With `'throw'` reading stops at once, what has not started is given back,
 *   what runs ends, acks are confirmed, and then the error goes downstream; `retry()` below starts over with what is pending.
 * - `onError: 'reject'` without a dead-letter stream: stops with `NO_DEAD_LETTER`, whose `cause` is the project's error.
 * - Redis refuses an ack: stops with `ACK_REFUSED` (an `AckError` with the ids). While it is ending already, and when `drainTimeout`
 *   runs out (`DRAIN_TIMEOUT`), it waits for nothing any more.
 * - After `map(order => …)` there is no entry left to ack: a `TypeError`. Use `map(order => order.mapValue(…))`.
 * - Unsubscribing cancels what runs (it stays pending) and gives back what has not started. `takeUntil` above gives back what has
 *   not started, too; to end after the queue, use the source's `signal`. `take(n)` above works its n entries off.
 * - A `concurrency` larger than `bufferSize` cannot be reached: told in the notice `window-too-small`.
 * - A synchronous Observable without an end is cut off 1,000 values after downstream has unsubscribed.
 * - Wrong options throw a `TypeError` or a `RangeError` at the call.
 *
 * @see {@link ackUnless} for acking what a filter drops
 */
export function ackAfter<D extends Ackable>(project?: undefined, options?: AckAfterOptions<D>): MonoTypeOperatorFunction<D>;
export function ackAfter<D extends Ackable, R>(
  project: (value: D, index: number) => R,
  options?: AckAfterOptions<D>,
): OperatorFunction<D, Followed<R>>;
export function ackAfter<D extends Ackable>(
  project: (value: D, index: number) => unknown = itself,
  options: AckAfterOptions<D> = {},
): OperatorFunction<D, unknown> {
  const plan = planAckAfter(project, options);
  return (source) =>
    new Observable((downstream) => {
      new WorkStage<D>({ ...plan, project, downstream, ...(project !== itself && { stage: 'ackAfter' }) }).live(source);
    });
}

function itself(value: Ackable): Ackable {
  return value;
}
