import type { Fields, FieldValue } from '../entry.js';

/** What fields hold with `binary: B`; where that is not known before it runs, either. */
export type HeldWith<B extends boolean> = B extends true ? Buffer : string;

/** What a consumer gives as `value`: the fields, where no `decode` says what `T` is. */
export type ValueOf<T, V extends FieldValue> = [T] extends [never] ? Fields<V> : T;
