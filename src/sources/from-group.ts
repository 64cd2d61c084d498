import { planGroup } from '../check-options.js';
import type { Fields } from '../entry.js';
import type { GroupOptions } from '../options.js';
import { checkClient, type RedisClient } from '../wire/client.js';
import { generateName } from '../wire/generate-name.js';
import { placeOf } from './open-source.js';
import { makeSource, type GroupSource } from './source.js';

/**
 * Entries of a consumer group as a cold Observable of deliveries, each to be settled.
 *
 * Use it where work is shared between processes and nothing may be lost: with `ackAfter` it is at-least-once, in stream order at
 * concurrency 1. Nothing happens before `subscribe`. A source is one consumer: while a subscription is alive the next one fails with
 * `CONSUMER_IN_USE`, and while it is closing the next one waits and takes over. For another consumer make another source: `with()`
 * gives one of another generated name, or of another `consumer`. Reading follows the window: it goes on while fewer than
 * `bufferSize` entries are held and not yet settled.
 *
 * ```
 * XADD:       a--b-----c--------d--
 * fromGroup:  a--b-----c--------d--   (each with ack, nack, reject)
 * ```
 *
 * @example
 * ```ts
 * fromGroup(redis, { streams: 'orders', group: 'billing', consumer: 'billing-1' })
 *   .pipe(backlogFirst(), ackAfter((order) => charge(order.fields), { concurrency: 8 }))
 *   .subscribe({ error: report });
 * ```
 *
 * Throws `TypeError` and `RangeError` for wrong options at once. Errors by code: `NO_GROUP` (with `autoCreate: false`),
 * `NOT_ALLOWED`, `WRONG_TYPE`, `CONSUMER_IN_USE`, `DECODE_FAILED`, `CLIENT_ENDED`, `REFUSED`; see docs/errors.md. Lost connections
 * are no errors: they are retried for ever, and told to `notify`.
 *
 * @see {@link ackAfter}, {@link backlogFirst}, {@link bufferRefill}, {@link whenIdle}
 */
export function fromGroup<T = Fields<Buffer>>(
  redis: RedisClient,
  options: GroupOptions<T, Buffer> & { readonly binary: true },
): GroupSource<T, Buffer>;
export function fromGroup<T = Fields>(redis: RedisClient, options: GroupOptions<T>): GroupSource<T>;
export function fromGroup(redis: RedisClient, options: object): unknown {
  return makeSource({
    kind: 'group',
    place: placeOf(checkClient(redis)),
    options,
    plan: (checked) => planGroup(checked, generateName),
  });
}
