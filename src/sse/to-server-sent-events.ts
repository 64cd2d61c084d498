import { catchError, defer, EMPTY, type Observable, type OperatorFunction } from 'rxjs';
import { isSource, PLAN } from '../sources/source.js';
import { eventsOf } from './events-of.js';
import { checkFilling, planEvents, type AnyEntry, type ServerSentEventsOptions } from './options.js';
import type { ServerSentEvent } from './server-sent-event.js';
import { tellerOf } from './told.js';

/**
 * A stage: entries become server-sent events, each with an id by which a reader who lost the connection goes on.
 *
 * Use it for Nest's `@Sse()`, which writes what it emits; for `node:http`, Express and Fastify there is `writeServerSentEvents`. Put it
 * directly behind the source: there it knows where reading begins, so that a reader who is lost before the first entry misses none, and
 * so that several streams each go on at their place (their ids are one token then).
 *
 * ```
 * source    --a-----------b--#
 * result    p-x-----c-----y--|      toServerSentEvents({ heartbeat })
 * ```
 *
 * `p` (type `stream-position`) and every event have an id, and a heartbeat `c` is a comment: never an event without an id, which Nest
 * would give one of a counter. When the source fails the result completes, and the response ends: browsers come again.
 *
 * @example
 * ```ts
 * fromStreams(redis, { streams: startAfter(request, { streams: 'orders' }) }).pipe(toServerSentEvents({ response }));
 * ```
 *
 * What can go wrong:
 * - An entry is no JSON (BigInt, a circle), or `data` throws: it is left out, told as `not-sent` with `ENCODE_FAILED`, and the rest goes on.
 * - The source fails: told as `response-ended`; without a `notify` as a process warning.
 * - A client that does not read: with `response` nothing is handed on while that is full, and what waits is held by the window of the
 *   source. Without, whoever subscribes has to hold it.
 * - Behind another operator, entries of a second stream: a `TypeError`, which ends the response.
 * - Wrong options throw a `TypeError` or a `RangeError` at the call.
 *
 * @see {@link startAfter}, {@link writeServerSentEvents}
 */
export function toServerSentEvents<E extends AnyEntry>(
  options: ServerSentEventsOptions<E> = {},
): OperatorFunction<E, ServerSentEvent> {
  const plan = planEvents(options);
  const to = checkFilling(options.response);
  const response = to && { to, writtenBy: 'others' as const };
  return (source: Observable<E>) =>
    defer(() => {
      const notify = plan.notify ?? (isSource(source) ? source[PLAN].notify : undefined);
      const told = tellerOf(notify);
      return eventsOf(source, { plan, response }).pipe(
        catchError((error: unknown) => {
          told.once({ type: 'response-ended', error });
          return EMPTY;
        }),
      );
    });
}
