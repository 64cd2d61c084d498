import { Observable, type OperatorFunction } from 'rxjs';
import { planPublish } from '../check-publish-options.js';
import { name } from '../checks.js';
import type { PublishOptions } from '../publish-options.js';
import { publishing, type RedisClient } from '../sources/open-publisher.js';
import { PublishStage } from './publish-stage.js';

/**
 * A stage: adds what passes to a stream, and emits the ids, in order.
 *
 * Use it to write to a stream from any Observable, or to pass on the work of a group to where `forwardTo` does not reach. Values are
 * sent through your client, up to `concurrency` at once, each without waiting for the one before. What passes may be
 * - **anything**: its fields are what `encode` gives, or itself, if it is an object of fields. Nothing holds such a source back: up to
 *   `maxWaiting` values wait, and one more is the error `PUBLISH_OVERFLOW`.
 * - **entries of a source of this library**, or arrays of them: each is acked when it was added, and its place in the window is free then.
 *   So a source reads no faster than Redis takes what comes of it, and nothing that is acked is missing in the other stream. Do the work
 *   above it, with `delivery.mapValue()`.
 *
 * ```
 * source       --a--b--c----|
 * XADD         --a--b--c-----
 * result       ---1--2--3---|      publishTo(redis, 'out')
 * ```
 *
 * **Once, or at least once.** A lost reply leaves open whether the entry was added, and it is sent again, with the delays of every
 * retry (50 ms to 5 s), for as long as it takes. A server that knows repeats again (`XADD … IDMP`, Redis 8.6) adds it once, if the line is back
 * within its `stream-idmp-duration` (100 s); which server does is found by the first XADD. Elsewhere it may be there twice.
 *
 * @example
 * ```ts
 * const readings = interval(1_000).pipe(map(() => ({ celsius: thermometer.read() })));
 * readings.pipe(publishTo(redis, 'temperatures', { maxLength: 86_400 })).subscribe({ error: report });
 *
 * fromGroup(redis, { streams: 'orders', group: 'billing', consumer: 'one' })
 *   .pipe(
 *     mergeMap(async (order) => {
 *       const total = await charge(order.fields);
 *       return order.mapValue(() => total);
 *     }, 8),
 *     publishTo(redis, 'invoices', { encode: ({ id, value }) => ({ order: id, total: value }) }),
 *   )
 *   .subscribe({ error: report });
 * ```
 *
 * What can go wrong:
 * - Redis refuses for good: the error by code (`NOT_ALLOWED`, `WRONG_TYPE`, `CLIENT_ENDED`, `REFUSED`); an entry stays pending. What is
 *   on its way by then is waited for, acked and emitted.
 * - `encode` or `stream` throws, or gives something else: that error, in the same way.
 * - Redis refuses one in the middle for now (out of memory): those behind it are there before it. With `concurrency: 1` they are not.
 * - Unsubscribing cannot take back what was sent; entries whose XADD was not answered stay pending.
 * - Wrong options throw a `TypeError` or a `RangeError` at the call.
 *
 * @see {@link forwardTo} for results that must not come twice, {@link ackAfter}
 */
export function publishTo<T>(
  redis: RedisClient,
  stream: string | ((value: T) => string),
  options: PublishOptions<T> = {},
): OperatorFunction<T, string> {
  const plan = planPublish(options);
  const to = typeof stream === 'function' ? stream : name('stream', stream);
  const publisher = publishing(redis, plan);
  return (source) =>
    new Observable((downstream) => {
      new PublishStage<T>({ ...plan, stream: to, publisher, downstream }).live(source);
    });
}
