import { catchError, map, of, take, takeWhile, throwError, type Observable } from 'rxjs';
import { groupLag, isStreamsError, type Notice, type RedisClient, type StreamLag } from '../index.js';
import type { GroupAt } from './streams-and-groups.js';

/** One look at one group. */
export interface Sample {
  readonly of: GroupAt;
  readonly at: number;
  readonly lag: StreamLag | 'gone';
}

/** Looks at one group, once or again and again; the last of a group that was deleted says so. */
export function look(
  target: GroupAt,
  redis: RedisClient,
  { watch, every, notify }: { watch: boolean; every: number; notify: (notice: Notice) => void },
): Observable<Sample> {
  const { stream, group } = target;
  const samples = groupLag(redis, { streams: [stream], group, every, notify }).pipe(
    map(({ at, streams }): Sample => ({ of: target, at, lag: streams[0] ?? 'gone' })),
  );
  return (watch ? samples : samples.pipe(take(1))).pipe(
    catchError((error: unknown) =>
      isStreamsError(error) && error.code === 'NO_GROUP'
        ? of<Sample>({ of: target, at: 0, lag: 'gone' })
        : throwError(() => error),
    ),
  );
}

/** With the last group the watching ends. */
export function untilAllGone(groups: number): (samples: Observable<Sample>) => Observable<Sample> {
  let gone = 0;
  return takeWhile(({ lag }: Sample) => lag !== 'gone' || ++gone < groups, true);
}
