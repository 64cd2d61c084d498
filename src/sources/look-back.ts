import { forkJoin, map, of, type Observable } from 'rxjs';
import type { Effect } from '../streams/effects.js';
import type { Event } from '../streams/events.js';
import type { WorkEnv } from './work.js';

/** A page of our own pending entries with their delivery counts; nothing is delivered by that. */
export function lookBack({ from, count }: Effect & { do: 'look-back' }, { plan: { group }, port }: WorkEnv): Observable<Event> {
  if (group === undefined) return of({ type: 'looked-back', pages: [] });
  const pages = from.map(([stream, after]) =>
    port.pending({ stream, group: group.name, consumer: group.consumer, after, count }).pipe(map((rows) => ({ stream, rows }))),
  );
  return forkJoin(pages).pipe(map((all) => ({ type: 'looked-back', pages: all })));
}
