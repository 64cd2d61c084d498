import { kindOf } from '../checks.js';
import { isStreamsError, StreamsError } from '../errors.js';
import { settle, type Owed } from './owed.js';

/** What becomes of an entry whose project failed. It is never acked. */
export type ErrorAction = 'throw' | 'nack' | 'reject';

/** An action, or a function that picks one for an error and the delivery (the array, for arrays). */
export type OnError<In> = ErrorAction | ((error: unknown, value: In) => ErrorAction);

export interface Failure<In> {
  readonly error: unknown;
  readonly value: In;
  readonly owed: Owed;
}

/** Settles what a project failed on, as `onError` says. Answers the error that has to stop the stage, or nothing when it goes on. */
export function settleFailure<In>(
  onError: OnError<In>,
  { error, value, owed }: Failure<In>,
): { readonly error: unknown } | undefined {
  try {
    const action = typeof onError === 'function' ? onError(error, value) : onError;
    if (action === 'nack') {
      settle(owed, 'nacked', error);
      return undefined;
    }
    if (action === 'reject') {
      reject(owed, error);
      return undefined;
    }
    settle(owed, 'left');
    return { error: action === 'throw' ? error : noAction(action, error) };
  } catch (thrown) {
    settle(owed, 'left'); // what an array had settled before stays as it is: the first call wins
    return { error: thrown };
  }
}

function reject(owed: Owed, error: unknown): void {
  try {
    settle(owed, 'rejected', error);
  } catch (refusal) {
    if (!isStreamsError(refusal) || refusal.cause !== undefined) throw refusal;
    throw new StreamsError(refusal.code, refusal.message, { cause: error });
  }
}

function noAction(action: never, cause: unknown): TypeError {
  return new TypeError(`onError must pick 'throw', 'nack' or 'reject', and picked ${kindOf(action)}`, { cause });
}
