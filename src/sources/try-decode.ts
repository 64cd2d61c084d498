import type { DecodeError } from '../errors.js';
import type { FieldValue } from '../entry.js';
import type { Decode } from '../plan.js';
import { decodeInto } from './decoding.js';
import type { StreamEntry } from './delivery.js';

/** What `decode` has failed with, if it has. */
export type Failed = DecodeError | undefined;

/** As `decodeInto`, with the error as an answer. */
export function tryDecode(
  entry: StreamEntry<unknown, FieldValue>,
  decode: Decode<unknown, FieldValue>,
): Promise<Failed> | Failed {
  try {
    return decodeInto(entry, decode)?.then(
      () => undefined,
      (error: unknown) => error as DecodeError,
    );
  } catch (error) {
    return error as DecodeError;
  }
}
