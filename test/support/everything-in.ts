/**
 * All text that can be reached from a value: of own properties, enumerable or not, whatever their depth, of errors their message, stack
 * and cause, and what `console.log` and `JSON.stringify` make of it. `except` leaves a property out.
 */
import { inspect } from 'node:util';

export interface Exceptions {
  /** True for a property that may say what it likes. */
  except?: (owner: object, property: PropertyKey) => boolean;
}

export function everythingIn(value: unknown, { except = () => false }: Exceptions = {}): string {
  const seen = new Set<object>();
  const texts: string[] = [];

  const look = (each: unknown): void => {
    if ((typeof each !== 'object' || each === null) && typeof each !== 'function') return void texts.push(String(each));
    if (seen.has(each)) return;
    seen.add(each);
    if (Buffer.isBuffer(each)) return void texts.push(each.toString('latin1'));
    if (each instanceof Map || each instanceof Set) look([...(each as Iterable<unknown>)]);
    for (const property of Reflect.ownKeys(each)) {
      if (except(each, property)) continue;
      texts.push(String(property));
      look((each as Record<PropertyKey, unknown>)[property]);
    }
  };

  look(value);
  return [...texts, inspect(value, { depth: Infinity }), stringified(value)].join('\n');
}

function stringified(value: unknown): string {
  const seen = new Set<unknown>();
  return String(
    JSON.stringify(value, (_, each: unknown) => {
      if (typeof each !== 'object' || each === null) return typeof each === 'bigint' ? String(each) : each;
      if (seen.has(each)) return undefined;
      seen.add(each);
      return each;
    }),
  );
}
