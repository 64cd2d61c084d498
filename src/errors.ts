import type { Fields, FieldValue } from './entry.js';

const BRAND = Symbol.for('rxjs-redis-streams/error');

/** The stable codes: each has its cause and cure in docs/errors.md. */
export type ErrorCode =
  | 'ACK_REFUSED'
  | 'CHECKPOINT_REFUSED'
  | 'CHECKPOINT_TAKEN'
  | 'CLIENT_ENDED'
  | 'CONSUMER_CLOSED'
  | 'CONSUMER_IN_USE'
  | 'DECODE_FAILED'
  | 'DRAIN_TIMEOUT'
  | 'ENCODE_FAILED'
  | 'LEASE_LOST'
  | 'NO_DEAD_LETTER'
  | 'NO_GROUP'
  | 'NOT_ACKED'
  | 'NOT_ALLOWED'
  | 'OTHER_SLOT'
  | 'PROTOCOL'
  | 'PUBLISH_OVERFLOW'
  | 'REFUSED'
  | 'TOO_MANY_STREAMS'
  | 'UNSUPPORTED'
  | 'WRONG_TYPE';

/** Every error this library makes, apart from the `TypeError`s and `RangeError`s of wrong arguments. Recognise it by `code`. */
export class StreamsError extends Error {
  readonly code: ErrorCode;

  constructor(code: ErrorCode, message: string, options?: { cause?: unknown }) {
    super(message, options);
    this.name = 'StreamsError';
    this.code = code;
    Object.defineProperty(this, BRAND, { value: true });
  }
}

/** The ids of one stream that an {@link AckError} is about; of a checkpoint the one position. */
export interface Unconfirmed {
  readonly stream: string;
  readonly ids: readonly string[];
}

/**
 * Acks that were refused (`ACK_REFUSED`, `LEASE_LOST`), or that could not be confirmed in time (`DRAIN_TIMEOUT`, `CLIENT_ENDED`). The
 * same for the positions of a checkpoint: `CHECKPOINT_REFUSED`, and `CHECKPOINT_TAKEN` when it has another owner by now.
 */
export class AckError extends StreamsError {
  readonly unconfirmed: readonly Unconfirmed[];

  constructor(
    code: 'ACK_REFUSED' | 'CHECKPOINT_REFUSED' | 'CHECKPOINT_TAKEN' | 'DRAIN_TIMEOUT' | 'CLIENT_ENDED' | 'LEASE_LOST',
    message: string,
    options: { unconfirmed: readonly Unconfirmed[]; cause?: unknown },
  ) {
    super(code, message, options);
    this.name = 'AckError';
    this.unconfirmed = options.unconfirmed;
  }
}

/**
 * `decode` threw, rejected or reported issues for an entry. Whatever of it may quote the entry is not enumerable, and there is no
 * `cause`: neither `console.log` nor `JSON.stringify` nor a logger shows more of the entry than its stream and id.
 */
export class DecodeError extends StreamsError {
  /** The entry; `fields` is not enumerable. */
  declare readonly entry: { readonly stream: string; readonly id: string; readonly fields: Fields<FieldValue> };
  /** What a Standard Schema reported; empty for a `decode` that failed otherwise (then see `reason`). Not enumerable. */
  declare readonly issues: readonly { readonly message: string; readonly path?: unknown }[];
  /** What `decode` threw or rejected with. Not enumerable. */
  declare readonly reason: unknown;

  constructor(message: string, { entry, issues, reason }: Pick<DecodeError, 'entry' | 'issues' | 'reason'>) {
    super('DECODE_FAILED', message);
    this.name = 'DecodeError';
    const { stream, id, fields } = entry;
    this.entry = Object.defineProperty({ stream, id, fields }, 'fields', { enumerable: false });
    Object.defineProperties(this, { issues: { value: issues }, reason: { value: reason } });
  }
}

/** Tells our errors from others, across copies of the package (`instanceof` does not). */
export function isStreamsError(error: unknown): error is StreamsError {
  return typeof error === 'object' && error !== null && BRAND in error;
}
