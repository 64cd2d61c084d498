import { Observable } from 'rxjs';
import { wrongType } from '../checks.js';
import { eventsOf } from './events-of.js';
import { frameOf } from './frame.js';
import { planEvents, type AnyEntry, type EventsOptions } from './options.js';
import { checkResponse, type FillingResponse } from './room.js';

/** What is needed of a response: those of `node:http`, Express, and Fastify's `reply.raw` have it. */
export interface WritableResponse extends FillingResponse {
  readonly headersSent: boolean;
  readonly writableEnded: boolean;
  readonly destroyed: boolean;
  writeHead(status: number, headers: Record<string, string>): unknown;
  flushHeaders(): void;
  write(text: string): boolean;
  end(): unknown;
}

const MEMBERS = [
  'writableNeedDrain',
  'on',
  'off',
  'headersSent',
  'writableEnded',
  'writeHead',
  'flushHeaders',
  'write',
  'end',
] as const;

/** `no-transform` and the last one are for those on the way who would collect events before they hand them on. */
const HEADERS = { 'Content-Type': 'text/event-stream', 'Cache-Control': 'no-cache, no-transform', 'X-Accel-Buffering': 'no' };

/**
 * Writes entries to a response as server-sent events, no faster than its client reads.
 *
 * Use it with `node:http`, Express (`response`) and Fastify (`reply.raw`, after `reply.hijack()`). It is cold: subscribe to it. It completes
 * when the response is over, whoever ended it, and unsubscribing ends the response. An entry is settled when the response has taken
 * it: while that is full, what follows is held by the window of the source, and nothing grows.
 *
 * ```
 * source      --a--b--c---------
 * response      x--y(full)--z---
 * settled     --a-----------(bc)
 * ```
 *
 * @example
 * ```ts
 * createServer((request, response) => {
 *   const streams = startAfter(request, { streams: 'orders' });
 *   writeServerSentEvents(response, fromStreams(redis, { streams })).subscribe({ error: report });
 * });
 * ```
 *
 * What can go wrong: when the source fails the response ends, and the error goes to whoever subscribed; browsers come again. For the
 * rest see `toServerSentEvents`. Wrong arguments throw a `TypeError` or a `RangeError` at the call.
 *
 * @see {@link startAfter}, {@link toServerSentEvents}
 */
export function writeServerSentEvents<E extends AnyEntry>(
  response: WritableResponse,
  entries: Observable<E>,
  options: EventsOptions<E> = {},
): Observable<never> {
  const to = checkResponse<WritableResponse>(response, MEMBERS);
  if (typeof entries?.subscribe !== 'function') throw wrongType('entries', entries, 'what fromStreams or fromGroup gives');
  const events = eventsOf(entries, { plan: planEvents(options), response: { to, writtenBy: 'us' } });
  return new Observable((subscriber) => {
    if (to.writableEnded || to.destroyed) return subscriber.complete();
    const closed = (): void => subscriber.complete();
    to.on('close', closed);
    subscriber.add(() => {
      to.off('close', closed);
      if (!to.writableEnded) to.end();
    });
    if (!to.headersSent) to.writeHead(200, HEADERS);
    to.flushHeaders();
    subscriber.add(
      events.subscribe({
        next: (event) => void to.write(frameOf(event)),
        error: (error: unknown) => subscriber.error(error),
        complete: () => subscriber.complete(),
      }),
    );
    return undefined;
  });
}
