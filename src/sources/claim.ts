import { concatMap, map, of, type Observable } from 'rxjs';
import { bookOf, knows } from '../acks/book.js';
import type { Effect } from '../streams/effects.js';
import type { Event } from '../streams/events.js';
import type { WorkEnv } from './work.js';

/**
 * One page of a round: what nobody has touched for `minIdle` becomes ours, whoever had it, and nothing is delivered by that. What this
 * process holds is left out: a process that stood still for a while must not claim from itself. XPENDING with IDLE looks through the
 * whole list in one go (XAUTOCLAIM gives up after COUNT × 10), and says how often each was delivered.
 */
export function claim({ stream, after, minIdle, most }: Effect & { do: 'claim' }, env: WorkEnv): Observable<Event> {
  const { plan, port, session, heldHere } = env;
  const { group } = plan;
  const none: Event = { type: 'claimed', found: { stream, rows: [] }, gone: [], next: undefined };
  if (group === undefined) return of(none);
  const target = { stream, group: group.name, consumer: group.consumer, minIdle };
  return port.pending({ stream, group: group.name, minIdle, after, count: most }).pipe(
    concatMap((page): Observable<Event> => {
      const next = page.length < most ? undefined : page.at(-1)?.id;
      const book = bookOf(session.ledger, stream);
      const rows = page.filter(({ id }) => !knows(book, id) && !heldHere(stream, id));
      if (rows.length === 0) return of({ ...none, next });
      return port.claim({ ...target, ids: rows.map(({ id }) => id) }).pipe(
        map(({ ours, gone }) => {
          const ids = new Set(ours);
          return { type: 'claimed', found: { stream, rows: rows.filter(({ id }) => ids.has(id)) }, gone, next };
        }),
      );
    }),
  );
}
