import { concatMap, map, of, type Observable } from 'rxjs';
import type { RedisClient } from './client.js';
import { send } from './command.js';
import type { EntryCount } from './port.js';
import { rowIds } from './replies.js';
import * as requests from './requests.js';

/** Entries of one XRANGE: they come with all of their fields. */
const PAGE = 500;

interface Span {
  readonly stream: string;
  readonly after: string;
  readonly to: string;
  readonly most: number;
}

/**
 * Counts the entries of a span, one page after another. No command of Redis says how many there are between two ids; `to` keeps out
 * what is added meanwhile.
 */
export function countEntries(client: RedisClient, { stream, after, to, most }: Span): Observable<EntryCount> {
  const countOn = (from: string, { count, first }: EntryCount): Observable<EntryCount> => {
    const size = Math.min(PAGE, most - count);
    return send(client, requests.page({ stream, after: from, to, count: size })).pipe(
      map(rowIds),
      concatMap((ids) => {
        const sofar: EntryCount = { count: count + ids.length, first: first ?? ids[0] };
        const last = ids.at(-1);
        return last === undefined || ids.length < size || sofar.count >= most ? of(sofar) : countOn(last, sofar);
      }),
    );
  };
  return countOn(after, { count: 0, first: undefined });
}
