import type { Fields, FieldValue } from './entry.js';

/**
 * The fields without those in which a trace is carried on (https://www.w3.org/TR/trace-context/), as `decode` gets them: whether a
 * publisher is traced must make no difference to a strict schema.
 */
export function untraced(fields: Fields<FieldValue>): Fields<FieldValue> {
  if (!('traceparent' in fields)) return fields;
  const rest = Object.assign(Object.create(null) as Record<string, FieldValue>, fields);
  delete rest['traceparent'];
  delete rest['tracestate'];
  return rest;
}
