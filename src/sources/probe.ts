import { forkJoin, map, type Observable } from 'rxjs';
import type { Event } from '../streams/events.js';
import type { WorkEnv } from './work.js';

/**
 * Where each stream ends. On the connection for reading and not on the caller's: while a failover goes on the two may have different
 * servers, and one that lags behind would look like a stream made anew.
 */
export function probe(streams: readonly string[], { reader }: WorkEnv): Observable<Event> {
  const one = (stream: string) => reader.lastGenerated({ stream }).pipe(map((last) => ({ stream, last })));
  return forkJoin(streams.map(one)).pipe(map((at) => ({ type: 'probed', at })));
}
