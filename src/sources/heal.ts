import { concatMap, defer, finalize, forkJoin, from, map, of, reduce, tap, type Observable } from 'rxjs';
import { bookOf, type Book } from '../acks/book.js';
import { batchesIn } from '../acks/post.js';
import { owesAcks, type GroupPlan } from '../plan.js';
import type { Effect, Takeover } from '../streams/effects.js';
import type { Event } from '../streams/events.js';
import { compareIds, healAt, ZERO } from '../streams/position.js';
import type { Counted } from '../wire/port.js';
import type { WorkEnv } from './work.js';

/** Entries of one XCLAIM. */
const PAGE = 1_000;

/** Makes vanished groups again where this subscription stood, and registers what it holds and has still to take over. */
export function heal({ anchors, takeover }: Effect & { do: 'heal' }, env: WorkEnv): Observable<Event> {
  const { group } = env.plan;
  if (group === undefined) return of({ type: 'healed', at: [] });
  return forkJoin(anchors.map(([stream, anchor]) => healOne({ stream, anchor, group, takeover }, env))).pipe(
    map((at) => ({ type: 'healed', at })),
  );
}

interface Vanished {
  readonly stream: string;
  readonly anchor: string;
  readonly group: GroupPlan;
  readonly takeover: readonly Takeover[];
}

/** Where the group stands now. */
interface Stand {
  readonly stream: string;
  readonly from: string;
}

function healOne({ stream, anchor, group, takeover }: Vanished, env: WorkEnv): Observable<Stand> {
  return stand({ stream, anchor, group }, env).pipe(
    concatMap(({ from: at, made }) =>
      register({ stream, group, takeover }, env).pipe(
        tap((held) => {
          // Otherwise it never was gone, or another consumer has made it again and nothing of ours was missing.
          if (made || held > 0) env.session.tell({ type: 'healed', stream, group: group.name, from: at, held });
        }),
        map(() => ({ stream, from: at })),
      ),
    ),
  );
}

interface Stood {
  readonly from: string;
  /** By us, just now. */
  readonly made: boolean;
}

/** Where another consumer has made it again, it says where that is: it may have read less than we, or the ids begin anew. */
function stand(vanished: Omit<Vanished, 'takeover'>, env: WorkEnv): Observable<Stood> {
  return env.port
    .lastDelivered({ stream: vanished.stream, group: vanished.group.name })
    .pipe(concatMap((there) => (there === undefined ? makeAgain(vanished, env) : of({ from: there, made: false }))));
}

function makeAgain(vanished: Omit<Vanished, 'takeover'>, env: WorkEnv): Observable<Stood> {
  const { stream, anchor, group } = vanished;
  const { port } = env;
  return port.lastGenerated({ stream }).pipe(
    map((lastGenerated) => (group.healFrom === '0' ? ZERO : healAt({ read: anchor, lastGenerated }))),
    concatMap((at) =>
      port.createGroup({ stream, group: group.name, from: at }).pipe(
        // Another consumer was faster.
        concatMap((made) => (made ? lookAgain(at, vanished, env) : stand(vanished, env))),
      ),
    ),
  );
}

/** A key that was made anew since we had looked may have smaller ids: of a group behind all of them nobody would ever get one. */
function lookAgain(at: string, { stream, group }: Omit<Vanished, 'takeover'>, { port }: WorkEnv): Observable<Stood> {
  const made = { from: at, made: true };
  if (at === ZERO) return of(made);
  return port.lastGenerated({ stream }).pipe(
    concatMap((lastGenerated) =>
      // Where it is gone once more, the next read says so.
      lastGenerated === undefined || healAt({ read: at, lastGenerated }) === at
        ? of(made)
        : port.rewindGroup({ stream, group: group.name }).pipe(map((rewound) => (rewound ? { ...made, from: ZERO } : made))),
    ),
  );
}

/**
 * What is ours becomes pending again, with its count; entries that are pending already, whoever has them, stay as they are. So this
 * can be repeated when it failed half-way, and it serves a group that another consumer has made again, who could not know what is ours.
 */
function register({ stream, group, takeover }: Omit<Vanished, 'anchor'>, env: WorkEnv): Observable<number> {
  // Without acks nobody would ever take them off the pending list again.
  if (!owesAcks(env.plan)) return of(0);
  const book = bookOf(env.session.ledger, stream);
  const left = leftOf(stream, takeover, book);
  // Not before it can be sent: acks go on while the group is made, and what is acked by then is not ours any more.
  return defer(() => {
    book.confirmed = new Set();
    return from(pages(oursOf(book, left)));
  }).pipe(
    concatMap((page) =>
      defer(() => {
        const forwards = onTheirWay(book);
        const entries = page.filter(({ id }) => book.open.has(id) || left.has(id) || forwards.has(id));
        return entries.length === 0
          ? of([])
          : env.port.register({ stream, group: group.name, consumer: group.consumer, entries });
      }),
    ),
    tap((ids) => ackAgain(stream, ids, book, env)),
    reduce((held, ids) => held + ids.length, 0),
    finalize(() => {
      book.confirmed = undefined;
    }),
  );
}

/** An ack that overtook the registration found nothing to take off the pending list, and nobody would send it again. */
function ackAgain(stream: string, registered: readonly string[], { confirmed }: Book, { session }: WorkEnv): void {
  const late = registered.filter((id) => confirmed?.has(id));
  if (late.length > 0) session.ackAway(stream, late);
}

function oursOf(book: Book, left: ReadonlyMap<string, number>): Counted[] {
  const held = book.open.all().map(({ id, attempt }) => ({ id, count: attempt }));
  const forwards = [...onTheirWay(book)].map((id) => ({ id, count: 1 }));
  return [...held, ...forwards, ...[...left].map(([id, count]) => ({ id, count }))];
}

/** What comes of them is added only while they are pending. */
function onTheirWay({ forwards }: Book): Set<string> {
  return new Set(batchesIn(forwards).flatMap(({ ids }) => ids));
}

/** Pending entries that nobody holds. Where their count went with the group: each was delivered once at least. */
function leftOf(stream: string, takeover: readonly Takeover[], { waiting }: Book): Map<string, number> {
  const ours = takeover.filter((each) => each.stream === stream).flatMap(({ entries }) => entries);
  return new Map([...ours.map(({ id, count }) => [id, Math.max(1, count - 1)] as const), ...waiting]);
}

/** By count, since one XCLAIM has one, and in the order of the stream. */
function pages(entries: readonly Counted[]): Counted[][] {
  const all: Counted[][] = [];
  for (const entry of [...entries].sort((a, b) => a.count - b.count || compareIds(a.id, b.id))) {
    const page = all.at(-1);
    if (page !== undefined && page.length < PAGE && page[0]?.count === entry.count) page.push(entry);
    else all.push([entry]);
  }
  return all;
}
