import type { Fields, FieldValue } from './entry.js';
import { NamesOnly } from './names-only.js';

/** Names and values of an entry, flat, as they came; or what makes such a list when somebody looks. */
export type Flat = readonly FieldValue[] | LazyFlat;

/** Fields that nobody has looked at yet. */
export interface LazyFlat {
  list(): readonly FieldValue[];
  /** As `fieldsOf` its list. */
  fields(): Fields<FieldValue>;
}

export function listOf(flat: Flat): readonly FieldValue[] {
  return 'list' in flat ? flat.list() : flat;
}

/** By name: hostile ones (`__proto__`, `constructor`) are names like any other; of repeated ones the last counts. */
export function fieldsOf(flat: Flat): Fields<FieldValue> {
  if ('list' in flat) return flat.fields();
  const fields = new NamesOnly();
  for (let i = 0; i + 1 < flat.length; i += 2) fields[String(flat[i])] = flat[i + 1] ?? '';
  return fields;
}
