import { catchError, concatMap, EMPTY, from, ignoreElements, tap, type Observable } from 'rxjs';
import type { Notice } from '../notices.js';
import type { Plan } from '../plan.js';
import type { Port } from '../wire/port.js';

/**
 * Removes a consumer whose name we made up (nobody would come back under it), or that is to go when it is empty. Where entries are
 * pending it stays: one script looks and removes, because DELCONSUMER alone destroys them. The group is never touched.
 */
export function part(streams: readonly string[], { group }: Plan, port: Port, tell: (notice: Notice) => void): Observable<never> {
  if (group === undefined || port.ended) return EMPTY;
  if (!group.generated && group.removeConsumer === 'never') return EMPTY;
  const { name, consumer } = group;
  return from(streams).pipe(
    concatMap((stream) =>
      port.removeConsumer({ stream, group: name, consumer }).pipe(
        tap((removed) => {
          if (removed) tell({ type: 'consumer-removed', stream, consumer });
        }),
        catchError((error: unknown) => {
          tell({ type: 'consumer-kept', stream, consumer, error: error instanceof Error ? error : new Error(String(error)) });
          return EMPTY;
        }),
      ),
    ),
    ignoreElements(),
  );
}
