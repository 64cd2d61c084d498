import type { Entry, Fields, FieldValue, HeldEntry } from '../entry.js';
import type { StreamsOptions } from '../options.js';

/** `value` once fields hold `W`: the fields themselves, where nothing decodes them. */
export type ValueAs<T, V extends FieldValue, W extends FieldValue> = [T] extends [Fields<V>]
  ? [Fields<V>] extends [T]
    ? Fields<W>
    : T
  : T;

/** What a source of `E` emits once `settle` is `S`, of other values; `undefined` leaves it as it is. */
export type EntryAs<E, S extends StreamsOptions['settle'], T, V extends FieldValue> = S extends 'manual'
  ? HeldEntry<T, V>
  : S extends 'auto'
    ? Entry<T, V>
    : E extends { ack(): unknown }
      ? HeldEntry<T, V>
      : Entry<T, V>;

/** Options with others in their place. A new `bufferSize` alone brings `refillAt` back to half of it. */
export function patched(options: object, patch: { bufferSize?: unknown; refillAt?: unknown }): object {
  const half = patch.bufferSize !== undefined && patch.refillAt === undefined ? { refillAt: undefined } : {};
  return { ...options, ...patch, ...half };
}
