import { concatMap, forkJoin, map, of, throwError, type Observable } from 'rxjs';
import { StreamsError } from '../errors.js';
import type { GroupPlan } from '../plan.js';
import type { Unjoined } from '../streams/effects.js';
import type { Event, Joined } from '../streams/events.js';
import { ZERO } from '../streams/position.js';
import type { Port } from '../wire/port.js';
import { openCheckpoint } from './open-checkpoint.js';
import type { WorkEnv } from './work.js';

/** Makes sure that every group stands and learns where; standalone, resolves `$` to an id, once. */
export function join(streams: readonly Unjoined[], env: WorkEnv): Observable<Event> {
  const { plan, port } = env;
  const { group, checkpoint } = plan;
  if (checkpoint !== undefined) return openCheckpoint(streams, checkpoint, env);
  const one = (at: Unjoined): Observable<Joined> => (group === undefined ? resolve(at, port) : joinGroup(at, group, port));
  return forkJoin(streams.map(one)).pipe(map((at) => ({ type: 'joined', at })));
}

function resolve({ stream, start = '$' }: Unjoined, port: Port): Observable<Joined> {
  if (start !== '$') return of({ stream, from: start, created: false });
  return port.lastGenerated({ stream }).pipe(map((id) => ({ stream, from: id ?? ZERO, created: false })));
}

/** Asks before it creates: a group that stands needs no right to make one. */
function joinGroup({ stream, start, anchor }: Unjoined, { name: group, createFrom }: GroupPlan, port: Port): Observable<Joined> {
  const at = { stream, group };
  return port.lastDelivered(at).pipe(
    concatMap((there) => {
      if (there !== undefined) return of({ stream, from: there, created: false });
      if (createFrom === undefined) return throwError(() => noGroup(stream, group));
      if (anchor !== undefined) return of({ stream, from: anchor, created: false, missing: true });
      return port.createGroup({ ...at, from: start ?? createFrom }).pipe(
        concatMap((created) => port.lastDelivered(at).pipe(map((from) => ({ from, created })))),
        // Gone again already: the next read finds out.
        map(({ from, created }) => ({ stream, from: from ?? ZERO, created })),
      );
    }),
  );
}

function noGroup(stream: string, group: string): StreamsError {
  return new StreamsError(
    'NO_GROUP',
    `Stream ${stream} has no group ${group}, and autoCreate is false: make it (XGROUP CREATE ${stream} ${group} $ MKSTREAM) or leave autoCreate on.`,
  );
}
