import { catchError, concatMap, EMPTY, expand, from, map, of, reduce, throwError, type Observable } from 'rxjs';
import type { ReplayPlan } from '../check-replay-options.js';
import type { Replayed } from '../replayed.js';
import { classify, toStreamsError } from '../wire/failures.js';
import type { Letter, Letters } from '../wire/letters.js';

/** Letters of one XRANGE, and at most of one script. */
const PAGE = 100;

/** Goes through the dead letters once, page by page, up to the last one there is at the beginning: what dies again meanwhile stays. */
export function replay({ from: stream, to, dryRun }: ReplayPlan, letters: Letters): Observable<Replayed> {
  const nothing: Replayed = { dryRun, found: 0, replayed: 0, foreign: 0, streams: {} };
  return letters.last(stream).pipe(
    concatMap((last) => (last === undefined ? EMPTY : pages(stream, last, letters))),
    concatMap((page) => {
      const ids = byStream(page, to);
      const seen = counted(page, ids, dryRun);
      return dryRun ? of(seen) : putBack(stream, ids, letters).pipe(map((replayed) => ({ ...seen, replayed })));
    }),
    reduce(sum, nothing),
    catchError((error: unknown) => {
      const failure = classify(error);
      const mayPass = !letters.ended && (failure.kind === 'lost' || failure.kind === 'retry');
      const context = { doing: 'replay dead letters', stream, ended: letters.ended };
      return throwError(() => (mayPass ? failure.error : toStreamsError(failure, context)));
    }),
  );
}

function pages(stream: string, to: string, letters: Letters): Observable<readonly Letter[]> {
  const page = (after: string): Observable<readonly Letter[]> => letters.page({ stream, after, to, count: PAGE });
  return page('0-0').pipe(
    expand((found) => {
      const last = found.at(-1);
      return last === undefined || found.length < PAGE ? EMPTY : page(last.id);
    }),
  );
}

/** Where each goes, in the order they died in. */
function byStream(page: readonly Letter[], to: string | undefined): ReadonlyMap<string, readonly string[]> {
  const ids = new Map<string, string[]>();
  for (const { id, origin } of page) {
    const stream = origin && (to ?? origin);
    if (stream !== undefined) ids.set(stream, [...(ids.get(stream) ?? []), id]);
  }
  return ids;
}

function counted(page: readonly Letter[], ids: ReadonlyMap<string, readonly string[]>, dryRun: boolean): Replayed {
  const found = page.filter(({ origin }) => origin !== undefined).length;
  const streams = Object.fromEntries([...ids].map(([stream, { length }]) => [stream, length]));
  return { dryRun, found, replayed: 0, foreign: page.length - found, streams };
}

function putBack(stream: string, all: ReadonlyMap<string, readonly string[]>, letters: Letters): Observable<number> {
  return from(all).pipe(
    concatMap(([to, ids]) => letters.putBack({ stream, to, ids })),
    reduce((count, ids) => count + ids.length, 0),
  );
}

function sum(all: Replayed, page: Replayed): Replayed {
  const streams = new Map(Object.entries(all.streams));
  for (const [stream, count] of Object.entries(page.streams)) streams.set(stream, (streams.get(stream) ?? 0) + count);
  return {
    dryRun: all.dryRun,
    found: all.found + page.found,
    replayed: all.replayed + page.replayed,
    foreign: all.foreign + page.foreign,
    streams: Object.fromEntries(streams),
  };
}
