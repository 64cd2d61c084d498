import {
  catchError,
  concat,
  concatMap,
  EMPTY,
  from,
  ignoreElements,
  map,
  mergeMap,
  of,
  take,
  throwError,
  toArray,
  type Observable,
} from 'rxjs';
import { groupLag, isStreamsError, type GroupLag, type RedisClient } from '../index.js';
import { namesOf } from './arguments.js';
import type { Command, Session, Verdict } from './command.js';
import { lagJson, lagTable, type Row } from './lag-table.js';
import { endOf, groupsOf, streamsOf } from './streams-and-groups.js';
import { visible } from './visible.js';

/** Looks at once. */
const TOGETHER = 20;

/** A stream with the groups it has. */
interface Found {
  readonly stream: string;
  readonly length: number;
  readonly groups: readonly GroupLag[];
}

export const groups: Command = {
  name: 'groups',
  usage: '[stream…]',
  summary: 'streams with their groups: consumers, pending, lag',
  about: ['Lists streams, those that are named or all there are, with their groups. It changes nothing.'],
  options: {},
  examples: ['groups', 'groups orders --json'],
  prepare(given) {
    const names = namesOf(given, { least: 0, what: 'streams' });
    return { live: false, run: (session) => run(names, session) };
  },
};

function run(names: readonly string[], session: Session): Observable<Verdict> {
  const { redis, screen, json } = session;
  const all = streamsOf(names, redis).pipe(
    concatMap((streams) => from(streams)),
    concatMap((stream) => foundOf(stream, redis, { named: names.length > 0 })),
  );
  const printed = json
    ? all.pipe(concatMap((found) => screen.lines(jsonLines(found))))
    : all.pipe(
        toArray(),
        concatMap((found) => screen.lines(textLines(found, session))),
      );
  return concat(printed.pipe(ignoreElements()), of<Verdict>('ok'));
}

function foundOf(stream: string, redis: RedisClient, { named }: { named: boolean }): Observable<Found> {
  return groupsOf([stream], redis, { group: undefined, named }).pipe(
    concatMap((all) => from(all)),
    mergeMap(({ group }) => groupLag(redis, { streams: [stream], group }).pipe(take(1), catchError(ifGone)), TOGETHER),
    toArray(),
    map((lags) => lags.sort((a, b) => ((a.streams[0]?.group ?? '') < (b.streams[0]?.group ?? '') ? -1 : 1))),
    concatMap((lags) =>
      endOf(stream, redis).pipe(
        concatMap((end) => (end === undefined ? EMPTY : of({ stream, length: end.length, groups: lags }))),
      ),
    ),
  );
}

/** Deleted since it was found. */
function ifGone(error: unknown): Observable<never> {
  return isStreamsError(error) && error.code === 'NO_GROUP' ? EMPTY : throwError(() => error);
}

function jsonLines({ stream, length, groups }: Found): string[] {
  if (groups.length === 0) return [JSON.stringify({ stream, length, group: null })];
  return groups.flatMap(({ at, streams }) => streams.map((lag) => lagJson(lag, at)));
}

function textLines(all: readonly Found[], { screen }: Session): string[] {
  if (all.length === 0) screen.note('There are no streams.');
  const rows = all.flatMap(({ groups }) =>
    groups.flatMap(({ streams }) => streams.map((now): Row => ({ ...now, now, lags: [] }))),
  );
  const without = all.filter(({ groups }) => groups.length === 0);
  return [
    ...(rows.length === 0 ? [] : lagTable(rows, screen, { trend: false })),
    ...(rows.length === 0 || without.length === 0 ? [] : ['']),
    ...without.map(({ stream, length }) => `${visible(stream)} has no group (${length} ${length === 1 ? 'entry' : 'entries'})`),
  ];
}
