import { catchError, concatMap, EMPTY, expand, from, map, of, reduce, throwError, toArray, type Observable } from 'rxjs';
import { quote } from '../checks.js';
import type { RedisClient } from '../index.js';
import { send } from '../wire/command.js';
import { isNoSuchKey } from '../wire/failures.js';
import * as replies from '../wire/replies.js';
import { infoOf } from '../wire/requests.js';
import { ask, explained } from './ask.js';
import { NotThere } from './stopped.js';

/** A group of a stream, as `XINFO GROUPS` lists it. */
export interface GroupAt {
  readonly stream: string;
  readonly group: string;
  readonly consumers: number;
}

/** The streams that are named, or all there are: `SCAN … TYPE stream`, in order of their names. */
export function streamsOf(names: readonly string[], redis: RedisClient): Observable<readonly string[]> {
  if (names.length > 0) return of(names);
  const page = (cursor: string): Observable<{ cursor: string; keys: string[] }> =>
    ask(redis, 'look for streams', { name: 'SCAN', args: [cursor, 'TYPE', 'stream', 'COUNT', 1_000] }).pipe(
      map((reply) => {
        const [next, keys] = reply as [unknown, unknown];
        return { cursor: replies.text(next), keys: replies.ids(keys) };
      }),
    );
  return page('0').pipe(
    expand(({ cursor }) => (cursor === '0' ? EMPTY : page(cursor))),
    reduce((all, { keys }) => keys.reduce((found, key) => found.add(key), all), new Set<string>()),
    map((all) => [...all].sort()),
  );
}

/** Where a stream ends, and how long it is; undefined where there is none. */
export function endOf(stream: string, redis: RedisClient): Observable<{ last: string; length: number } | undefined> {
  return send(redis, infoOf('STREAM', stream)).pipe(
    map((reply) => replies.streamInfo(reply)),
    map(({ lastGenerated, length }) => ({ last: lastGenerated, length })),
    catchError((thrown: unknown) => {
      return isNoSuchKey(thrown) ? of(undefined) : throwError(() => explained(thrown, 'look at the stream', { stream }));
    }),
  );
}

/** The groups of these streams, or of those the one of that name. A stream that was named and is not there is an error. */
export function groupsOf(
  streams: readonly string[],
  redis: RedisClient,
  { group, named }: { group: string | undefined; named: boolean },
): Observable<readonly GroupAt[]> {
  return from(streams).pipe(
    concatMap((stream) =>
      send(redis, infoOf('GROUPS', stream)).pipe(
        map((reply) => replies.eachNamed(reply)),
        catchError((thrown: unknown) => {
          if (!isNoSuchKey(thrown)) return throwError(() => explained(thrown, 'look for groups', { stream }));
          return named ? throwError(() => noStream(stream)) : of([]); // deleted since it was found
        }),
        map((all) => all.map((each) => groupAt(stream, each))),
      ),
    ),
    toArray(),
    map((all) => all.flat().filter((each) => group === undefined || each.group === group)),
    map((all) => {
      if (all.length > 0 || group === undefined) return all;
      throw new NotThere(
        `There is no group ${quote(group)} in ${streams.length === 1 ? streams[0] : `these ${streams.length} streams`}: see groups.`,
      );
    }),
  );
}

function groupAt(stream: string, info: Map<string, unknown>): GroupAt {
  return { stream, group: replies.text(info.get('name')), consumers: Number(info.get('consumers')) };
}

export function noStream(stream: string): NotThere {
  return new NotThere(
    `There is no stream ${quote(stream)}: check the name, and the database of the URL; groups lists what there is.`,
  );
}
