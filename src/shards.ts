import { name, outOfRange, whole, wrongType } from './checks.js';
import { crc16 } from './crc16.js';

/** As many as a cluster has slots: more could not be anywhere else. */
const MOST = 16_384;

/**
 * The names of a stream that is divided into `count` parts: `orders:{0}` to `orders:{15}`. For a stream that one node of a Redis Cluster
 * cannot carry: the braces make each part's slot depend on its number, so that the parts spread over the nodes.
 *
 * A producer adds to the part that {@link shardOf} names; one source reads them all, and `ackAfter({ key })` keeps the order of a key,
 * all of whose entries are in one part. `count` is for ever: with another one the keys are in other parts.
 *
 * @example
 * ```ts
 * const parts = shards('orders', 16);
 * const orders = fromGroup(redis, { streams: parts, group: 'billing' }).pipe(
 *   ackAfter((order) => charge(order.fields), { concurrency: 8, key: (order) => order.fields['customer'] }),
 * );
 * ```
 *
 * Throws a `TypeError` or `RangeError` for a name that is empty or has braces of its own, and for a `count` that is no whole number from
 * 1 to 16,384.
 * @see {@link shardOf}
 */
export function shards(stream: string, count: number): string[] {
  if (/[{}]/.test(name('name', stream)))
    throw outOfRange('name', stream, 'a name without { and }, which say what a slot is made of');
  return Array.from({ length: whole('count', count, { least: 1, most: MOST }) }, (_, part) => `${stream}:{${part}}`);
}

/**
 * The part of `count` that a key belongs to, from 0: CRC16 (XMODEM, the checksum of Redis Cluster) of the key in UTF-8, modulo `count`. It
 * is the same in every version and easily made in every language, so that producers need not be written with this library.
 *
 * @example
 * ```ts
 * const parts = shards('orders', 16);
 * await redis.xadd(parts[shardOf(order.customer, 16)] ?? '', '*', 'customer', order.customer);
 * ```
 *
 * Throws a `TypeError` for a key that is no string, and as {@link shards} does for `count`.
 */
export function shardOf(key: string, count: number): number {
  if (typeof key !== 'string') throw wrongType('key', key, 'a string');
  return crc16(key) % whole('count', count, { least: 1, most: MOST });
}
