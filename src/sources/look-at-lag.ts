import { catchError, concatMap, forkJoin, map, of, throwError, type Observable } from 'rxjs';
import type { LagPlan } from '../check-lag-options.js';
import { StreamsError } from '../errors.js';
import type { Failure } from '../failure.js';
import type { GroupLag } from '../lag.js';
import type { Standing } from '../standing.js';
import { streamLag, totalOf } from '../streams/lag-figures.js';
import { counted, COUNTED_AT_MOST, firstUnread, known, type Known } from '../streams/lag.js';
import { classify, toStreamsError } from '../wire/failures.js';
import type { Port } from '../wire/port.js';

/** What is ahead of the group in one stream. */
interface Ahead {
  readonly stream: string;
  readonly known: Known;
  readonly firstUnread: string | undefined;
}

export interface LookEnv {
  readonly port: Port;
  /** What the look before knew of each stream. */
  readonly memory: Map<string, Known>;
}

/** One look at all streams, each asked in the same turn, with the time by which ages are told. */
export function lookAtLag({ streams, group }: LagPlan, { port, memory }: LookEnv): Observable<GroupLag> {
  const ahead = streams.map((stream) => aheadIn({ stream, group }, { port, memory }));
  return forkJoin([forkJoin(ahead), port.time()]).pipe(
    map(([all, now]) => {
      const lags = all.map(({ known, ...of }) => streamLag(known, { ...of, group, now }));
      return { at: now, streams: lags, total: totalOf(lags) };
    }),
  );
}

function aheadIn(of: { stream: string; group: string }, { port, memory }: LookEnv): Observable<Ahead> {
  return port.standing(of).pipe(
    concatMap((at) => {
      if (at === undefined) return throwError(() => noGroup(of));
      return judge(of.stream, at, { port, memory });
    }),
    map((ahead) => {
      memory.set(of.stream, ahead.known);
      return ahead;
    }),
    catchError((error: unknown) => {
      const failure = classify(error);
      return throwError(() => (mayPass(failure) ? error : toStreamsError(failure, { doing: 'look at the lag', ...of })));
    }),
  );
}

/** Asks for entries only where the standing does not say it all: for the first that is ahead, or for all of them to be counted. */
function judge(stream: string, at: Standing, { port, memory }: LookEnv): Observable<Ahead> {
  const sure = known(at, memory.get(stream));
  if (sure?.unread === 0) return of({ stream, known: sure, firstUnread: undefined });
  const next = firstUnread(at);
  if (sure !== undefined && next !== undefined) return of({ stream, known: sure, firstUnread: next });
  const most = sure === undefined ? COUNTED_AT_MOST : 1;
  return port
    .countEntries({ stream, after: at.delivered, to: at.lastGenerated, most })
    .pipe(map(({ count, first }) => ({ stream, known: sure ?? counted(at, count), firstUnread: first })));
}

/** Trying again may mend it. */
export function mayPass({ kind }: Failure): boolean {
  return kind === 'lost' || kind === 'retry';
}

function noGroup({ stream, group }: { stream: string; group: string }): StreamsError {
  return new StreamsError(
    'NO_GROUP',
    `Stream ${stream} has no group ${group}, and groupLag makes none: make it (XGROUP CREATE ${stream} ${group} $ MKSTREAM), or look once a consumer has joined.`,
  );
}
