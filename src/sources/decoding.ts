import { DecodeError } from '../errors.js';
import type { Fields, FieldValue } from '../entry.js';
import type { Decode } from '../plan.js';
import type { SchemaResult } from '../standard-schema.js';
import type { StreamEntry } from './delivery.js';

type Raw = StreamEntry<unknown, FieldValue>;

/** Gives an entry its value: at once when `decode` is synchronous, else a promise. Throws or rejects with a `DecodeError`. */
export function decodeInto(entry: Raw, decode: Decode<unknown, FieldValue>): Promise<void> | undefined {
  let result: unknown;
  try {
    result =
      typeof decode === 'function'
        ? decode(entry.fields, entry as StreamEntry<Fields<FieldValue>, FieldValue>)
        : decode['~standard'].validate(entry.fields);
  } catch (error) {
    throw undecodable(entry, [], error);
  }
  const take = (value: unknown): void =>
    entry.decoded(typeof decode === 'function' ? value : valueOf(entry, value as SchemaResult<unknown>));
  if (!isThenable(result)) return (take(result), undefined);
  return Promise.resolve(result).then(take, (error: unknown) => {
    throw undecodable(entry, [], error);
  });
}

function valueOf(entry: Raw, result: SchemaResult<unknown>): unknown {
  if (result.issues) throw undecodable(entry, result.issues, undefined);
  return result.value;
}

function undecodable({ stream, id }: Raw, issues: DecodeError['issues'], cause: unknown): DecodeError {
  const why = issues.map((issue) => issue.message).join('; ') || (cause instanceof Error ? cause.message : String(cause));
  return new DecodeError(
    `Entry ${id} of ${stream} cannot be decoded: ${why}. It stays pending; let decode return a value that says so, or mend the entry.`,
    {
      stream,
      id,
      issues,
      cause,
    },
  );
}

function isThenable(value: unknown): value is PromiseLike<unknown> {
  return typeof value === 'object' && value !== null && 'then' in value && typeof value.then === 'function';
}
