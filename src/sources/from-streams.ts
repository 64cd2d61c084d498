import { planStreams } from '../check-options.js';
import type { Checkpoint } from '../checkpoint.js';
import type { Fields, HeldEntry } from '../entry.js';
import type { StreamsOptions } from '../options.js';
import { checkClient, type RedisClient } from '../wire/client.js';
import { placeOf } from './open-source.js';
import { makeSource, type StreamsSource } from './source.js';

/** Options with which somebody has to settle every entry. */
export type Held = { readonly settle: 'manual' } | { readonly checkpoint: Checkpoint };

/**
 * Entries of one or many streams as a cold Observable, for one reader that sees all of them: no group, nothing to ack.
 *
 * Use it to tail a stream, to rebuild a state from id `0`, or to feed a page. It begins after the last entry at subscription,
 * unless the stream has a start of its own. Nothing happens before `subscribe`; two subscriptions are two readers.
 *
 * ```
 * XADD:         a--b--|sub|--c-----d--
 * fromStreams:        |sub|--c-----d--
 * ```
 *
 * @example
 * ```ts
 * fromStreams(redis, { streams: { ticks: '0', alerts: '$' } }).subscribe(({ stream, id, fields }) => console.log(stream, id, fields));
 * ```
 *
 * An entry counts in the window while a stage of this library holds it; with `settle: 'manual'` until its `ack()`. With a
 * `checkpoint` too, and what is settled without a gap is kept in Redis: after a restart reading goes on there, so that `ackAfter` is
 * at-least-once.
 *
 * ```ts
 * fromStreams(redis, { streams: { sales: '0' }, checkpoint: 'reports' }).pipe(ackAfter((sale) => add(sale.fields))).subscribe();
 * ```
 *
 * Throws `TypeError` and `RangeError` for wrong options at once. Errors by code: `NOT_ALLOWED`, `WRONG_TYPE`, `DECODE_FAILED`,
 * `CLIENT_ENDED`, `REFUSED`, with a checkpoint `CHECKPOINT_REFUSED`, `CHECKPOINT_TAKEN` and `CONSUMER_IN_USE`; see docs/errors.md. A
 * lost connection is no error: reading goes on after the last id seen. A stream that is deleted, or made anew with smaller ids, is
 * read from its beginning, which is told (`restarted`).
 *
 * @see {@link fromGroup}, {@link untilDrained}, {@link bufferRefill}
 */
export function fromStreams<T = Fields<Buffer>>(
  redis: RedisClient,
  options: StreamsOptions<T, Buffer> & { readonly binary: true } & Held,
): StreamsSource<T, Buffer, HeldEntry<T, Buffer>>;
export function fromStreams<T = Fields<Buffer>>(
  redis: RedisClient,
  options: StreamsOptions<T, Buffer> & { readonly binary: true },
): StreamsSource<T, Buffer>;
export function fromStreams<T = Fields>(
  redis: RedisClient,
  options: StreamsOptions<T> & Held,
): StreamsSource<T, string, HeldEntry<T>>;
export function fromStreams<T = Fields>(redis: RedisClient, options: StreamsOptions<T>): StreamsSource<T>;
export function fromStreams(redis: RedisClient, options: object): unknown {
  return makeSource({ kind: 'standalone', place: placeOf(checkClient(redis)), options, plan: planStreams });
}
