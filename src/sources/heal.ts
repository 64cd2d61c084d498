import { concatMap, forkJoin, map, of, tap, type Observable } from 'rxjs';
import { bookOf } from '../acks/ledger.js';
import { owesAcks, type GroupPlan } from '../plan.js';
import type { Effect, Takeover } from '../streams/effects.js';
import type { Event } from '../streams/events.js';
import { before, compareIds, healAt, ZERO } from '../streams/position.js';
import type { Counted } from '../wire/port.js';
import type { WorkEnv } from './work.js';

/** Makes vanished groups again where this subscription stood, and registers what it holds and has still to take over. */
export function heal({ anchors, takeover }: Effect & { do: 'heal' }, env: WorkEnv): Observable<Event> {
  const { group } = env.plan;
  if (group === undefined) return of({ type: 'healed', at: [] });
  return forkJoin(
    anchors.map(([stream, read]) => healOne({ stream, read, group, ours: oursOf(stream, takeover, env) }, env)),
  ).pipe(map((at) => ({ type: 'healed', at: at.filter((each) => each !== undefined) })));
}

type Healed = { readonly stream: string; readonly from: string } | undefined;

interface Vanished {
  readonly stream: string;
  readonly read: string;
  readonly group: GroupPlan;
  readonly ours: readonly Counted[];
}

function healOne(vanished: Vanished, env: WorkEnv): Observable<Healed> {
  const { stream, read, group, ours } = vanished;
  const at = { stream, group: group.name };
  return env.port.lastDelivered(at).pipe(
    concatMap((there): Observable<Healed> => {
      // Another consumer has made it again, and lower: it had read less, or the ids begin anew. What is read next is below what we have read.
      const lower = there !== undefined && compareIds(there, read) < 0 ? { stream, from: there } : undefined;
      if (there !== undefined) return registerIfUnknown(stream, group, ours, env).pipe(map(() => lower));
      return env.port.lastGenerated({ stream }).pipe(
        map((lastGenerated) => (group.healFrom === '0' ? ZERO : healAt({ read, lastGenerated }))),
        concatMap((from) =>
          env.port.createGroup({ ...at, from }).pipe(
            // Another consumer was faster: where it stands is for that one to say.
            concatMap((made) => (made ? registerAnew({ ...vanished, from }, env) : healOne(vanished, env))),
          ),
        ),
      );
    }),
  );
}

function registerAnew({ stream, group, ours, from }: Vanished & { readonly from: string }, env: WorkEnv): Observable<Healed> {
  return register(stream, group, ours, env).pipe(
    tap((held) => env.session.tell({ type: 'healed', stream, group: group.name, from, held })),
    map(() => ({ stream, from })),
  );
}

/** In the order of the stream. The count of what nobody holds yet went with the group: it was delivered once at least. */
function oursOf(stream: string, takeover: readonly Takeover[], env: WorkEnv): Counted[] {
  // Without acks nobody would ever take them off the pending list again.
  if (!owesAcks(env.plan)) return [];
  const held = [...bookOf(env.session.ledger, stream).open.values()].map(({ id, attempt }) => ({ id, count: attempt }));
  const left = takeover.filter((each) => each.stream === stream).flatMap(({ ids }) => ids.map((id) => ({ id, count: 1 })));
  return [...held, ...left].sort((a, b) => compareIds(a.id, b.id));
}

/** What is ours becomes pending again, with its count. Entries that are pending already, whoever has them, stay as they are. */
function register(
  stream: string,
  { name, consumer }: GroupPlan,
  entries: readonly Counted[],
  { port }: WorkEnv,
): Observable<number> {
  if (entries.length === 0) return of(0);
  return port.register({ stream, group: name, consumer, entries }).pipe(map((ids) => ids.length));
}

/** The group stands: never gone, or made again by another consumer, who could not know what is ours. */
function registerIfUnknown(stream: string, group: GroupPlan, ours: readonly Counted[], env: WorkEnv): Observable<number> {
  const [lowest] = ours;
  if (lowest === undefined) return of(0);
  const to = ours.at(-1)?.id ?? lowest.id;
  return env.port
    .pending({ stream, group: group.name, consumer: group.consumer, after: before(lowest.id), to, count: ours.length })
    .pipe(concatMap((rows) => (rows.length > 0 ? of(0) : register(stream, group, ours, env))));
}
