import { checkType, type EventsPlan } from './options.js';
import type { ServerSentEvent } from './server-sent-event.js';

/** Type and data of an entry's event; undefined where the entry is to be left out. Throws whatever keeps it from becoming one. */
export function encode<E extends { readonly value: unknown }>(
  entry: E,
  { data, event }: Pick<EventsPlan<E>, 'data' | 'event'>,
): Pick<ServerSentEvent, 'type' | 'data'> | undefined {
  const value = data === undefined ? entry.value : data(entry);
  if (value === undefined) return undefined;
  const text = data !== undefined && typeof value === 'string' ? value : jsonOf(value);
  const type = typeof event === 'function' ? event(entry) : event;
  return type === undefined ? { data: text } : { type: checkType(type), data: text };
}

function jsonOf(value: unknown): string {
  if (typeof value === 'object' && value !== null && 'then' in value && typeof value.then === 'function')
    throw new TypeError('data gave a promise, and must give its result at once: what takes time belongs above, into decode');
  const text = JSON.stringify(value) as string | undefined;
  if (text === undefined) throw new TypeError(`a ${typeof value} is no JSON`);
  return text;
}
