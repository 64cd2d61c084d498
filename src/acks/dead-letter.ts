import { StreamsError } from '../errors.js';
import type { Plan } from '../plan.js';
import { isError } from '../wire/failures.js';
import type { DeadLetter } from '../wire/port.js';

/** The entry's id, and name and message of the error that led it there; whatever was thrown has both. */
export function deadLetterOf(id: string, reason: unknown): DeadLetter {
  if (isError(reason)) return { id, name: String(reason.name), message: String(reason.message) };
  return { id, name: reason === undefined ? 'Rejected' : typeof reason, message: reason === undefined ? '' : text(reason) };
}

function text(reason: unknown): string {
  if (typeof reason !== 'object' || reason === null) return String(reason);
  try {
    return String(JSON.stringify(reason)); // a toJSON may give nothing
  } catch {
    return 'an object that JSON cannot hold'; // a cycle, or a getter that throws: the entry matters, not how it is described
  }
}

/** Why an entry is not worked on again that nobody rejected. */
export function spent({ stream, id }: { readonly stream: string; readonly id: string }): Error {
  const error = new Error(`Entry ${id} of ${stream} was delivered maxDeliveries times and never acknowledged.`);
  error.name = 'MaxDeliveries';
  return error;
}

/** A source whose plan says `reject` is refused before it reads: at its first bad entry it would be too late. */
export function checkRejecting({ onInvalid, group }: Plan): void {
  if (onInvalid !== 'reject' || group?.redeliver?.deadLetter !== undefined) return;
  throw new StreamsError(
    'NO_DEAD_LETTER',
    `onInvalid is "reject", but there is no dead-letter stream to put an entry on: give redeliver() a deadLetter, or set onInvalid to 'skip' or 'error'.`,
  );
}

export function noDeadLetter({ id, stream }: { readonly stream: string; readonly id: string }, reason: unknown): StreamsError {
  return new StreamsError(
    'NO_DEAD_LETTER',
    `Entry ${id} of ${stream} was rejected, but there is no dead-letter stream to put it on: give redeliver() a deadLetter, or ack() or nack() the entry instead.`,
    { cause: reason },
  );
}
