import type { FieldValue } from './entry.js';

/** Names and values of an entry, flat, as they came; or what makes such a list when somebody looks. */
export type Flat = readonly FieldValue[] | LazyFlat;

/** Fields that nobody has looked at yet. */
export interface LazyFlat {
  list(): readonly FieldValue[];
}

export function listOf(flat: Flat): readonly FieldValue[] {
  return 'list' in flat ? flat.list() : flat;
}
