import type { MessageHandler } from '@nestjs/microservices';
import { isObservable, lastValueFrom, Observable, takeUntil } from 'rxjs';
import type { HandlingOptions } from './handling-options.js';
import type { RedisStreamsContext } from './redis-streams-context.js';

/** All handlers of a pattern in one group: each entry goes to all of them. */
export interface EventHandlers {
  readonly pattern: string;
  readonly group: string | undefined;
  /** For the log, and for errors. */
  readonly who: string;
  readonly extras: HandlingOptions;
  readonly handlers: readonly MessageHandler[];
}

/** With one more handler. Its extras may not say otherwise: there is one reader for all of them. */
export function withHandler(before: EventHandlers | undefined, added: EventHandlers): EventHandlers {
  if (before === undefined) return added;
  for (const [option, value] of Object.entries(added.extras)) {
    const said = before.extras[option as keyof HandlingOptions];
    if (said === undefined || Object.is(said, value)) continue;
    throw new Error(
      `${added.who}: ${before.who} handles "${added.pattern}" with another ${option} already, and one reader serves both: give both the same extras, or one of them another group.`,
    );
  }
  return { ...before, extras: { ...before.extras, ...added.extras }, handlers: [...before.handlers, ...added.handlers] };
}

/** Resolves when every handler is done, and rejects then with what failed. None of them is cut short by another. */
export async function runAll(handlers: readonly MessageHandler[], data: unknown, context: RedisStreamsContext): Promise<void> {
  const ends = await Promise.allSettled(handlers.map((handler) => run(handler, data, context)));
  const reasons = ends.flatMap((end) => (end.status === 'rejected' ? [toError(end.reason)] : []));
  const [reason] = reasons;
  if (reasons.length > 1) throw new AggregateError(reasons, reasons.map(({ message }) => message).join('; '));
  if (reason !== undefined) throw reason;
}

/** An Observable is done when it completes, empty or not; it is unsubscribed when the entry is no longer ours. */
async function run(handler: MessageHandler, data: unknown, context: RedisStreamsContext): Promise<void> {
  const result: unknown = await handler(data, context);
  if (!isObservable(result)) return;
  const { signal } = context;
  const aborted = new Observable<void>((subscriber) => {
    const abort = (): void => subscriber.next();
    if (signal.aborted) abort();
    signal.addEventListener('abort', abort);
    return () => signal.removeEventListener('abort', abort);
  });
  await lastValueFrom(result.pipe(takeUntil(aborted)), { defaultValue: undefined });
}

/** Nest hands on what a filter made of an error: an object with a message. */
function toError(reason: unknown): Error {
  if (reason instanceof Error) return reason;
  const message = typeof reason === 'object' && reason !== null && 'message' in reason ? String(reason.message) : String(reason);
  return Object.assign(new Error(message, { cause: reason }), { name: 'RpcException' });
}
