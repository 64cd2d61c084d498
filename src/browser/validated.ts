import { InvalidEvent } from './invalid-event.js';
import type { FeedPlan } from './options.js';

/** The value of an event, as the schema has it. */
export function validated<T>(
  event: InvalidEvent['event'],
  { parse, schema }: Pick<FeedPlan<T>, 'parse' | 'schema'>,
): { readonly value: T } | { readonly invalid: InvalidEvent } {
  try {
    const value = parse(event.data);
    if (schema === undefined) return { value: value as T };
    const result = schema['~standard'].validate(value);
    if ('then' in result) throw new TypeError('the schema is asynchronous');
    return result.issues ? { invalid: new InvalidEvent(event, { issues: result.issues }) } : { value: result.value };
  } catch (cause) {
    return { invalid: new InvalidEvent(event, { cause }) };
  }
}
