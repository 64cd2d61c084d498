import { oneOf, outOfRange, wrongType } from '../checks.js';
import type { Entry, FieldValue } from '../entry.js';
import type { OnError } from './settle-failure.js';

/** What a stage settles with one project call: an entry or a delivery, or an array of them. */
export type Ackable = Entry<unknown, FieldValue> | readonly Entry<unknown, FieldValue>[];

export interface AckAfterOptions<D> {
  /** Projects at once: a whole number, or `Infinity` for as many as the window holds. 1, the default, keeps stream order. */
  readonly concurrency?: number;
  /**
   * Entries (arrays) with equal keys run one after another in arrival order, different keys in parallel up to `concurrency`.
   * Keys are equal as in a `Map`. With `redeliver()` an entry that was nacked keeps its key until it has come again and is settled; where
   * reading ends before, what waits behind it is given back with it. Without `key` nobody waits for anybody. A `key` that throws counts as its project failing.
   */
  readonly key?: (value: D) => unknown;
  /**
   * What happens to an entry whose project failed; it is never acked.
   * - `'throw'` (default): the entry stays pending, the stage stops, and the error goes downstream.
   * - `'nack'`: it stays pending, and the stage goes on.
   * - `'reject'`: to the dead-letter stream, and the stage goes on.
   * - A function picks one of them; what it throws itself stops the stage as with `'throw'`.
   */
  readonly onError?: OnError<D>;
}

/** The options, checked and complete. */
export interface AckAfterPlan<D> {
  readonly concurrency: number;
  readonly key: ((value: D) => unknown) | undefined;
  readonly onError: OnError<D>;
}

export function planAckAfter<D>(project: unknown, options: AckAfterOptions<D>): AckAfterPlan<D> {
  if (project !== undefined && typeof project !== 'function')
    throw wrongType('project', project, 'a function of the delivery, or left out');
  if (typeof options !== 'object' || options === null)
    throw wrongType('options', options, 'an object of concurrency, key and onError');
  const { concurrency = 1, key, onError = 'throw' } = options;
  if (key !== undefined && typeof key !== 'function') throw wrongType('key', key, 'a function of the delivery');
  return {
    concurrency: checkConcurrency(concurrency),
    key,
    onError: typeof onError === 'function' ? onError : oneOf('onError', onError, ['throw', 'nack', 'reject']),
  };
}

function checkConcurrency(value: unknown): number {
  const allowed = 'a whole number from 1, or Infinity';
  if (typeof value !== 'number') throw wrongType('concurrency', value, allowed);
  if (value !== Infinity && !(Number.isSafeInteger(value) && value >= 1)) throw outOfRange('concurrency', value, allowed);
  return value;
}
