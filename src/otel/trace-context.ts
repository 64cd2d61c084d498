import {
  propagation,
  ROOT_CONTEXT,
  trace,
  type Context,
  type Link,
  type SpanContext,
  type TextMapGetter,
} from '@opentelemetry/api';
import type { Entry, Fields, FieldValue } from '../entry.js';
import type { Word } from '../outgoing.js';
import { ATTRIBUTES } from './names.js';

type AnyEntry = Pick<Entry<unknown, FieldValue>, 'id' | 'fields'>;

const inFields: TextMapGetter<Fields<FieldValue>> = {
  keys: (fields) => Object.keys(fields),
  get: (fields, key) => fields[key]?.toString(),
};

/** What the entry brings along: the context in which it was added, baggage included. */
export function contextOf({ fields }: AnyEntry): Context {
  return propagation.extract(ROOT_CONTEXT, fields, inFields);
}

/** Where the entry was added, if it says so. */
export function creationOf(entry: AnyEntry): SpanContext | undefined {
  return trace.getSpanContext(contextOf(entry));
}

/** To where entries were added. Of several each has its id. */
export function linksTo(entries: readonly { readonly id: string; readonly creation: SpanContext | undefined }[]): Link[] {
  return entries.flatMap(({ id, creation }) => {
    if (creation === undefined) return [];
    return [entries.length === 1 ? { context: creation } : { context: creation, attributes: { [ATTRIBUTES.id]: id } }];
  });
}

/** Puts the context into the fields of a new entry. One that was copied from another entry is replaced. */
export function carry(context: Context, fields: Word[]): void {
  propagation.inject(context, fields, {
    set: (flat, name, value) => {
      const at = flat.findIndex((word, index) => index % 2 === 0 && word === name);
      if (at < 0) flat.push(name, value);
      else flat[at + 1] = value;
    },
  });
}
