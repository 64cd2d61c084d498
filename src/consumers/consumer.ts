import { planPull } from '../check-pull-options.js';
import type { Entry, Fields, FieldValue } from '../entry.js';
import type { SourceOptions, Streams } from '../options.js';
import { placeOf } from '../sources/open-source.js';
import { checkClient, type RedisClient } from '../wire/client.js';
import { Pull } from './pull.js';
import type { HeldWith, ValueOf } from './pulled-type.js';

/** The options of `Consumer`: those of `fromStreams`, without the window. */
export interface ConsumerOptions<T = Fields, V extends FieldValue = string> extends Omit<
  SourceOptions<T, V>,
  'streams' | 'bufferSize' | 'refillAt' | 'timeout' | 'until' | 'stallAfter' | 'onInvalid'
> {
  /** A key, keys, or `{ key: start }`, as in `fromStreams`. */
  streams: Streams;
  /** Entries per stream that a request fetches beyond the one asked for. Default 0. */
  bufferSize?: number | undefined;
  /** How long a request may wait for an entry, in ms. Default 0: not at all. */
  timeout?: number | undefined;
  /** An entry that cannot be decoded: `'error'` rejects its call, `'skip'` acks it, tells it (`invalid`) and goes on. Default `'error'`. */
  onInvalid?: 'error' | 'skip' | undefined;
}

/**
 * Entries of one or many streams, one for each call: the standalone consumer without RxJS.
 *
 * Use it where code asks for entries rather than being handed them. Nothing is sent before the first call or `open()`, which resolve
 * where each stream begins: after the last entry seen then, or at its own start. The async iterator ends when nothing is returned
 * or buffered; loop again for more.
 *
 * @example
 * ```ts
 * await using consumer = new Consumer(redis, { streams: ['one', 'two'], bufferSize: 10, timeout: 30_000 });
 * const entry = await consumer.getEntry(); // undefined when there is none
 * for await (const { stream, id, fields } of consumer) console.log(stream, id, fields);
 * ```
 *
 * A lost connection is retried (50 ms to 5 s, told to `notify`) while a call waits; calls reject with the errors of `fromStreams`, and
 * the next one goes on behind the last entry handed out. Options of sources about the window are a `TypeError`.
 * @see {@link GroupConsumer}, {@link fromStreams}
 */
export const Consumer: new <T = never, B extends boolean = false>(
  redis: RedisClient,
  options: ConsumerOptions<T, HeldWith<B>> & { readonly binary?: B | undefined },
) => Consumer<ValueOf<T, HeldWith<B>>, HeldWith<B>> = class Consumer extends Pull<never> {
  constructor(redis: RedisClient, options: object) {
    super(placeOf(checkClient(redis)), planPull(options));
  }
};

/** What `new Consumer()` gives. */
export type Consumer<T = Fields, V extends FieldValue = string> = Pull<Entry<T, V>>;
