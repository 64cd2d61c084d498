import { DecodeError } from '../errors.js';
import type { Fields, FieldValue } from '../entry.js';
import type { Decode } from '../plan.js';
import { isStandardSchema, type SchemaResult } from '../standard-schema.js';
import { untraced } from '../untraced.js';
import type { StreamEntry } from './delivery.js';

type Raw = StreamEntry<unknown, FieldValue>;

/** Gives an entry its value: at once when `decode` is synchronous, else a promise. Throws or rejects with a `DecodeError`, and nothing else. */
export function decodeInto(entry: Raw, decode: Decode<unknown, FieldValue>): Promise<void> | undefined {
  const schema = isStandardSchema(decode);
  const take = (result: unknown): void => entry.decoded(schema ? valueOf(entry, result as SchemaResult<unknown>) : result);
  const failed = (reason: unknown): never => {
    throw reason instanceof DecodeError ? reason : undecodable(entry, { issues: [], reason });
  };
  try {
    const result = schema
      ? decode['~standard'].validate(untraced(entry.fields))
      : decode(untraced(entry.fields), entry as StreamEntry<Fields<FieldValue>, FieldValue>);
    if (isThenable(result)) return Promise.resolve(result).then(take).catch(failed);
    take(result);
    return undefined;
  } catch (reason) {
    return failed(reason);
  }
}

function valueOf(entry: Raw, result: SchemaResult<unknown>): unknown {
  if (result.issues) throw undecodable(entry, { issues: result.issues, reason: undefined });
  return result.value;
}

/** What was thrown, and what a schema reports, may quote the entry: the message has neither. */
function undecodable({ stream, id, fields }: Raw, { issues, reason }: Pick<DecodeError, 'issues' | 'reason'>): DecodeError {
  const why =
    issues.length > 0
      ? `the schema reported ${issues.length} ${issues.length === 1 ? 'issue' : 'issues'}`
      : `decode failed with ${reason instanceof Error ? reason.name : `something that is no Error (${typeof reason})`}`;
  return new DecodeError(
    `Entry ${id} of ${stream} cannot be decoded: ${why}. What it was is in error.reason, error.issues and error.entry.fields, which are not printed because they may quote the entry. ` +
      "onInvalid: 'skip' or 'reject' goes on without such entries; or let decode return a value that says so.",
    { entry: { stream, id, fields }, issues, reason },
  );
}

function isThenable(value: unknown): value is PromiseLike<unknown> {
  return typeof value === 'object' && value !== null && 'then' in value && typeof value.then === 'function';
}
