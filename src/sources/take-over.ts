import { map, of, type Observable } from 'rxjs';
import type { Effect } from '../streams/effects.js';
import type { Event } from '../streams/events.js';
import type { WorkEnv } from './work.js';

/** Pending entries by their ids, as far as they still are ours: a new delivery of each. */
export function takeOver(
  { takeover }: Effect & { do: 'take-over' },
  { plan: { group, binary }, port }: WorkEnv,
): Observable<Event> {
  if (group === undefined) return of({ type: 'took-over', found: [] });
  const { stream, entries } = takeover;
  return port
    .takeOver({ stream, group: group.name, consumer: group.consumer, entries, binary })
    .pipe(map((found) => ({ type: 'took-over', found })));
}
