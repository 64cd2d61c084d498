import { checkCallable, checkObject, checkStreams } from '../check-options.js';
import { wrongType } from '../checks.js';
import type { Notice } from '../notices.js';
import type { Streams } from '../options.js';
import { teller } from '../sources/tell.js';
import { lastEventIdOf, type LastEventId } from './last-event-id.js';
import { idIn, placesIn } from './token.js';

export interface StartAfterOptions {
  /** What the response is of: a key, keys, or `{ key: start }`. A start is for those who come without an id; default `'$'`. */
  streams: Streams;
  /** Is told `not-resumed`. */
  notify?: ((notice: Notice) => void) | undefined;
}

/** A `Last-Event-ID` can be as long as a header: as much of it is told. */
const TOLD = 100;

/**
 * Where a response begins, as `fromStreams` takes it: behind the `Last-Event-ID` of a request, if that is a place in these streams.
 *
 * Use it for the `streams` of the source that a response is made of. A first visit, and an id that is none of ours, begin where
 * `streams` says (default `'$'`): the id of a counter (`1`) or of another server never brings the whole stream again.
 *
 * ```
 * orders:             1-0  2-0  3-0
 * Last-Event-ID: 2-0            3-0--     startAfter(request, { streams: 'orders' })  →  { orders: '2-0' }
 * Last-Event-ID: 1                 --                                                 →  { orders: '$' }
 * ```
 *
 * @example
 * ```ts
 * const streams = startAfter(request, { streams: 'orders' });
 * fromStreams(redis, { streams }).pipe(toServerSentEvents());
 * ```
 *
 * `lastEventId` is the request (its header, or else `?lastEventId=` of its URL), or that text by itself. Ids of several streams come as
 * the one token that `toServerSentEvents` made of them; only streams that are named here are read, whatever a token says. What is none is
 * told in the notice `not-resumed`. Wrong options throw a `TypeError` or a `RangeError`.
 *
 * @see {@link toServerSentEvents}
 */
export function startAfter(lastEventId: LastEventId, options: StartAfterOptions): Record<string, string> {
  checkObject(options, 'startAfter');
  const streams = checkStreams(options.streams);
  const notify = checkCallable<(notice: Notice) => void>('notify', options.notify);
  if (!isLastEventId(lastEventId)) throw wrongType('lastEventId', lastEventId, 'a request, a text, or nothing');

  const asked = lastEventIdOf(lastEventId);
  const names = streams.map(({ stream }) => stream);
  const places = asked === undefined ? undefined : placesOf(asked, names);
  const isOurs = asked === '' || names.some((name) => places?.has(name));
  if (!isOurs) {
    const shown = (asked ?? 'several').slice(0, TOLD);
    teller(notify)({ type: 'not-resumed', lastEventId: shown, streams: names });
  }
  return Object.fromEntries(streams.map(({ stream, start = '$' }) => [stream, places?.get(stream) ?? start]));
}

/** An id by itself is one of the only stream. */
function placesOf(asked: string, [first = '', ...others]: readonly string[]): ReadonlyMap<string, string> | undefined {
  const id = idIn(asked);
  if (id === undefined) return placesIn(asked);
  return others.length > 0 ? undefined : new Map([[first, id]]);
}

function isLastEventId(value: unknown): value is LastEventId {
  if (value === undefined || value === null || typeof value === 'string') return true;
  if (Array.isArray(value)) return value.every((each) => typeof each === 'string');
  return typeof value === 'object' && 'headers' in value && typeof value.headers === 'object' && value.headers !== null;
}
