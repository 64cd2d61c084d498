import { catchError, throwError, type Observable } from 'rxjs';
import type { RedisClient } from '../index.js';
import { send, type Command } from '../wire/command.js';
import { classify, toStreamsError } from '../wire/failures.js';

/** One command; its failure says what it was for. A lost connection is passed on as it is. */
export function ask(
  redis: RedisClient,
  doing: string,
  command: Command,
  at: { stream?: string; group?: string } = {},
): Observable<unknown> {
  return send(redis, command).pipe(catchError((thrown: unknown) => throwError(() => explained(thrown, doing, at))));
}

export function explained(thrown: unknown, doing: string, at: { stream?: string; group?: string } = {}): unknown {
  const failure = classify(thrown);
  return failure.kind === 'lost' ? thrown : toStreamsError(failure, { doing, ...at });
}
