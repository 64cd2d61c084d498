/**
 * What a failed command means, decided once in `wire/failures`:
 * - `lost`: the connection broke and nobody knows whether the server ran the command.
 * - `retry`: the server said no for now (LOADING, READONLY, …).
 * - `heal`: the group or the key is gone (NOGROUP, UNBLOCKED).
 * - `fatal`: the server, or the client, says no for good.
 */
export type FailureKind = 'lost' | 'retry' | 'heal' | 'fatal';

export interface Failure {
  readonly kind: FailureKind;
  /** The first word of the error reply; '' when the connection failed. */
  readonly word: string;
  readonly error: Error;
}
