import { concatMap, EMPTY, forkJoin, map, takeWhile, type Observable } from 'rxjs';
import { fromStreams, type Entry, type Fields, type RedisClient } from '../index.js';
import { compareIds } from '../streams/position.js';
import { before, idOf, type Place } from './place.js';
import { endOf, noStream } from './streams-and-groups.js';

/** A part of a stream, fixed before it is read: both ends belong to it. */
export interface Range {
  readonly stream: string;
  readonly from: string;
  readonly to: string;
}

export function rangeOf({ stream, from, to }: { stream: string; from: Place; to: Place }, redis: RedisClient): Observable<Range> {
  return endOf(stream, redis).pipe(
    concatMap((end) => {
      if (end === undefined) throw noStream(stream);
      const ids = forkJoin([idOf(from, redis, { as: 'from' }), idOf(to, redis, { as: 'to' })]);
      return ids.pipe(
        map(([first, last]) => ({ stream, from: first, to: last === '$' || compareIds(last, end.last) > 0 ? end.last : last })),
      );
    }),
  );
}

/** The entries of the range, read as any reader would, as bytes. */
export function entriesOf({ stream, from, to }: Range, redis: RedisClient): Observable<Entry<Fields<Buffer>, Buffer>> {
  if (from === '$' || compareIds(from, to) > 0) return EMPTY;
  return fromStreams(redis, { streams: { [stream]: before(from) }, until: 'drained', binary: true }).pipe(
    takeWhile(({ id }) => compareIds(id, to) <= 0),
  );
}
