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
  | 'NO_DEAD_LETTER'
  | 'NO_GROUP'
  | 'NOT_ALLOWED'
  | 'REFUSED'
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
 * Acks that Redis refused for good (`ACK_REFUSED`), or that could not be confirmed in time (`DRAIN_TIMEOUT`, `CLIENT_ENDED`). The same
 * for the positions of a checkpoint: `CHECKPOINT_REFUSED`, and `CHECKPOINT_TAKEN` when it has another owner by now.
 */
export class AckError extends StreamsError {
  readonly unconfirmed: readonly Unconfirmed[];

  constructor(
    code: 'ACK_REFUSED' | 'CHECKPOINT_REFUSED' | 'CHECKPOINT_TAKEN' | 'DRAIN_TIMEOUT' | 'CLIENT_ENDED',
    message: string,
    options: { unconfirmed: readonly Unconfirmed[]; cause?: unknown },
  ) {
    super(code, message, options);
    this.name = 'AckError';
    this.unconfirmed = options.unconfirmed;
  }
}

/** `decode` threw, rejected or reported issues for an entry. The entry stays pending. */
export class DecodeError extends StreamsError {
  readonly stream: string;
  readonly id: string;
  /** What a Standard Schema reported; empty for a function that threw (then see `cause`). */
  readonly issues: readonly { readonly message: string; readonly path?: unknown }[];

  constructor(message: string, options: { stream: string; id: string; issues: DecodeError['issues']; cause?: unknown }) {
    super('DECODE_FAILED', message, options);
    this.name = 'DecodeError';
    this.stream = options.stream;
    this.id = options.id;
    this.issues = options.issues;
  }
}

/** Tells our errors from others, across copies of the package (`instanceof` does not). */
export function isStreamsError(error: unknown): error is StreamsError {
  return typeof error === 'object' && error !== null && BRAND in error;
}
