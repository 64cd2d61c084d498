import { map, of, type Observable } from 'rxjs';
import type { Effect } from '../streams/effects.js';
import type { Event } from '../streams/events.js';
import type { WorkEnv } from './work.js';

/** What an earlier subscription of this consumer fetched and did not settle, as far as it still is ours. */
export function takeOver(
  { stream, ids }: Effect & { do: 'take-over' },
  { plan: { group, binary }, port }: WorkEnv,
): Observable<Event> {
  if (group === undefined) return of({ type: 'took-over', stream, asked: ids, found: { stream, entries: [] } });
  return port
    .takeOver({ stream, group: group.name, consumer: group.consumer, ids, binary })
    .pipe(map((entries) => ({ type: 'took-over', stream, asked: ids, found: { stream, entries } })));
}
