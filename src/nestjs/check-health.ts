import { catchError, firstValueFrom, map, of, timeout as within, type Observable } from 'rxjs';
import { groupLag, type GroupLag } from '../index.js';
import type { Handling } from './reader.js';

/** From when on a handler is not well. */
export interface HealthLimits {
  /** ms that an entry may be worked on, and that may pass without anything read or settled. Default 60,000. */
  readonly stuckAfter?: number | undefined;
  /** Entries that may wait for the group. Default: any number. */
  readonly maxLag?: number | undefined;
  /** ms that Redis may take to say how far behind the group is. Default 2,000. */
  readonly timeout?: number | undefined;
}

/** How a handler gets on. Times are in ms from then to now; what has not happened yet is missing. */
export interface HandlerHealth {
  readonly streams: readonly string[];
  readonly group: string;
  readonly consumer?: string;
  /** Since Redis was last asked for entries, or gave some. */
  readonly sinceRead?: number;
  /** Since an ack was last confirmed, or an entry put away. */
  readonly sinceSettled?: number;
  /** Entries that are worked on. */
  readonly inFlight: number;
  /** The one begun first, and since when it is worked on. */
  readonly oldestInFlight?: { readonly stream: string; readonly id: string; readonly for: number };
  /** Entries that no consumer of the group has got yet. */
  readonly lag?: number;
  /** Entries that were delivered and are not acked, in the whole group. */
  readonly pending?: number;
  /** Seconds since the oldest entry that nobody has got yet was added. */
  readonly behind?: number;
  /** Why it is not well. */
  readonly problem?: string;
}

/** `untold`: of streams that change nobody knows beforehand how far behind they are. */
type Looked = { readonly lag: GroupLag } | { readonly failed: string } | { readonly untold: true };

export async function checkHealth(handling: Handling, limits: HealthLimits, now: number): Promise<HandlerHealth> {
  const { streams, group, progress } = handling;
  const looked = await firstValueFrom(look(handling, limits), { defaultValue: { failed: 'Redis has not answered' } });
  const { count: inFlight, oldest } = progress.inFlight;
  const since = (at: number | undefined): number | undefined => (at === undefined ? undefined : Math.max(0, now - at));
  const health = defined({
    streams,
    group,
    consumer: progress.consumer,
    sinceRead: least(since(progress.lastRead), 'lag' in looked ? asked(looked.lag, progress.consumer) : undefined),
    sinceSettled: since(progress.lastSettled),
    inFlight,
    oldestInFlight: oldest && { stream: oldest.stream, id: oldest.id, for: now - oldest.since },
    ...('lag' in looked ? { lag: looked.lag.total.lag, pending: looked.lag.total.pending, behind: looked.lag.total.behind } : {}),
  });
  const problem = progress.trouble?.message ?? ('failed' in looked ? looked.failed : problemOf(health, limits));
  return problem === undefined ? health : { ...health, problem };
}

function problemOf({ oldestInFlight, sinceRead, sinceSettled, lag }: HandlerHealth, limits: HealthLimits): string | undefined {
  const { stuckAfter = 60_000, maxLag = Infinity } = limits;
  if (oldestInFlight !== undefined && oldestInFlight.for > stuckAfter) {
    return `entry ${oldestInFlight.id} of ${oldestInFlight.stream} has been worked on for ${oldestInFlight.for} ms`;
  }
  const progressed = least(sinceRead, sinceSettled);
  if (progressed === undefined) return 'nothing was read yet';
  if (progressed > stuckAfter) return `nothing was read or settled for ${progressed} ms`;
  if (lag !== undefined && lag > maxLag) return `${lag} entries wait, more than ${maxLag}`;
  return undefined;
}

/** How far behind the group is, by one look; and by whose clock. */
function look({ client, streams, group }: Handling, { timeout = 2_000 }: HealthLimits): Observable<Looked> {
  if (streams.length === 0) return of({ untold: true });
  return groupLag(client, { streams, group }).pipe(
    within({ first: timeout }),
    map((lag) => ({ lag })),
    catchError((error: unknown) => {
      const { name, message } = error as Error;
      const failed = name === 'TimeoutError' ? `Redis has not answered for ${timeout} ms` : message;
      return of({ failed });
    }),
  );
}

/** ms since the consumer asked for entries last, as Redis knows it: that is so every `timeout` of its reads, if nothing comes. */
function asked({ streams }: GroupLag, consumer: string | undefined): number | undefined {
  const idle = streams.flatMap(({ consumers }) => consumers.filter(({ name }) => name === consumer).map((each) => each.idle));
  return idle.length === 0 ? undefined : Math.min(...idle);
}

function least(one: number | undefined, other: number | undefined): number | undefined {
  return one === undefined || other === undefined ? (one ?? other) : Math.min(one, other);
}

/** Without what is not known. */
function defined<T extends object>(health: T): { [K in keyof T]: Exclude<T[K], undefined> } {
  return Object.fromEntries(Object.entries(health).filter(([, value]) => value !== undefined)) as never;
}
