import {
  catchError,
  concatMap,
  defer,
  EMPTY,
  expand,
  finalize,
  from,
  map,
  of,
  reduce,
  takeWhile,
  toArray,
  type Observable,
} from 'rxjs';
import { bookOf, knows, type Book } from '../acks/book.js';
import type { GroupPlan } from '../plan.js';
import type { Effect } from '../streams/effects.js';
import type { Arrival, Batch, Event } from '../streams/events.js';
import { victims } from '../streams/lost.js';
import { compareIds, ZERO } from '../streams/position.js';
import { classify } from '../wire/failures.js';
import type { Counted, PendingRow } from '../wire/port.js';
import type { WorkEnv } from './work.js';

const PAGE = 200;

/** Looks for the entries of lost replies: pending under our name above the floor, and unknown to the ledger. At most `most`. */
export function reconcile({ floors, most }: Effect & { do: 'reconcile' }, env: WorkEnv): Observable<Event> {
  const { group } = env.plan;
  if (group === undefined) return of({ type: 'reconciled', found: [], more: false });
  let left = most;
  return from(floors).pipe(
    concatMap(([stream, floor]) =>
      defer(() => lookIn(stream, { floor, most: left, group, env })).pipe(
        map((result) => {
          left -= result.found.entries.length;
          return result;
        }),
      ),
    ),
    reduce((all, { found, more }) => ({ found: [...all.found, found], more: all.more || more }), {
      found: [] as Batch[],
      more: false,
    }),
    map(({ found, more }) => ({ type: 'reconciled', found, more })),
  );
}

interface Where {
  readonly stream: string;
  readonly group: GroupPlan;
  readonly env: WorkEnv;
}

interface Look extends Omit<Where, 'stream'> {
  readonly floor: string;
  readonly most: number;
}

function lookIn(stream: string, { floor, most, group, env }: Look): Observable<{ found: Batch; more: boolean }> {
  const book = bookOf(env.session.ledger, stream);
  // Reader and acks are two connections: what is confirmed from here on may still stand in a reply that was written before.
  book.confirmed = new Set();
  return env.port.lastDelivered({ stream, group: group.name }).pipe(
    concatMap((delivered) => pendingAbove(stream, floorIn(delivered, floor), { group, env })),
    map((rows) => victims(rows, (id) => knows(book, id))),
    concatMap((lost) =>
      fetch(lost.slice(0, Math.max(0, most)), { stream, group, env }, book).pipe(
        map((found) => ({ found, more: lost.length > most })),
      ),
    ),
    finalize(() => {
      book.confirmed = undefined;
    }),
  );
}

/** A stream that was made anew, while we were not reading, gives smaller ids than what we had read: then all of it is looked through. */
function floorIn(delivered: string | undefined, floor: string): string {
  return delivered !== undefined && compareIds(delivered, floor) < 0 ? ZERO : floor;
}

function pendingAbove(
  stream: string,
  floor: string,
  { group, env }: Pick<Look, 'group' | 'env'>,
): Observable<readonly PendingRow[]> {
  const page = (after: string): Observable<readonly PendingRow[]> =>
    env.port.pending({ stream, group: group.name, consumer: group.consumer, after, count: PAGE });
  return page(floor).pipe(
    expand((rows) => {
      const last = rows.at(-1);
      return last === undefined || rows.length < PAGE ? EMPTY : page(last.id);
    }),
    takeWhile((rows) => rows.length === PAGE, true),
    toArray(),
    map((pages) => pages.flat()),
  );
}

/** From here on they are held: renewed first, so that nobody claims what is about to be emitted, and without what somebody has claimed. */
function fetch(lost: readonly Counted[], { stream, group, env }: Where, book: Book): Observable<Batch> {
  if (lost.length === 0) return of({ stream, entries: [] });
  const { plan, port } = env;
  return renewed(lost, { stream, group, env }).pipe(
    concatMap((ours) => {
      const ids = ours.map(({ id }) => id);
      return port.fetch({ stream, ids, binary: plan.binary }).pipe(
        map((entries) => ({
          stream,
          entries: ours
            .map(({ id, count }, i): Arrival => ({ id, pairs: entries[i]?.pairs ?? null, attempt: count }))
            .filter(({ id }) => !knows(book, id)),
        })),
      );
    }),
  );
}

/** Where scripts are not allowed nothing is renewed, which the leases tell (`not-renewed`). */
function renewed(lost: readonly Counted[], { stream, group, env }: Where): Observable<readonly Counted[]> {
  const ids = lost.map(({ id }) => id);
  return env.port.renew({ stream, group: group.name, consumer: group.consumer, ids }).pipe(
    map((found) => {
      const theirs = new Set(found.lost);
      return lost.filter(({ id }) => !theirs.has(id));
    }),
    catchError((error: unknown) => {
      if (classify(error).kind === 'fatal') return of(lost);
      throw error;
    }),
  );
}
