import {
  catchError,
  concat,
  concatMap,
  defer,
  EMPTY,
  forkJoin,
  ignoreElements,
  map,
  of,
  tap,
  throwError,
  type Observable,
} from 'rxjs';
import { saveError } from '../acks/save-error.js';
import type { Checkpoint } from '../checkpoint.js';
import { isStreamsError } from '../errors.js';
import type { Unjoined } from '../streams/effects.js';
import type { Event } from '../streams/events.js';
import { savedPosition, type Resumed } from '../streams/saved-position.js';
import { classify } from '../wire/failures.js';
import type { WorkEnv } from './work.js';

interface ResumedStream extends Resumed {
  readonly stream: string;
}

/**
 * Takes the checkpoint over and learns where each stream goes on. Where nothing is stored, the place where we begin is stored before
 * the first read: after a crash `$` would be another one.
 */
export function openCheckpoint(streams: readonly Unjoined[], checkpoint: Checkpoint, env: WorkEnv): Observable<Event> {
  const { port, session } = env;
  return port.openCheckpoint({ checkpoint, streams: streams.map(({ stream }) => stream) }).pipe(
    refusedBy(checkpoint),
    concatMap((stored) =>
      forkJoin(
        streams.map(({ stream, start = '$' }) =>
          port.streamInfo({ stream }).pipe(
            map((info): ResumedStream => ({
              stream,
              ...savedPosition({ stream, start }, { stored: stored.get(stream), info }),
            })),
          ),
        ),
      ),
    ),
    concatMap((all) =>
      concat(
        write(all, 'rewind', checkpoint, env),
        write(all, 'forward', checkpoint, env),
        defer(() => {
          for (const { stream, at, notice } of all) {
            session.saving?.begin(stream, at);
            if (notice !== undefined) session.tell(notice);
          }
          return of({ type: 'joined' as const, at: all.map(({ stream, at }) => ({ stream, from: at.id, created: false })) });
        }),
      ),
    ),
  );
}

function write(
  all: readonly ResumedStream[],
  how: 'forward' | 'rewind',
  checkpoint: Checkpoint,
  { port }: WorkEnv,
): Observable<never> {
  const positions = new Map(all.filter((each) => each.write === how).map(({ stream, at }) => [stream, at]));
  if (positions.size === 0) return EMPTY;
  return port.savePositions({ checkpoint, positions, rewind: how === 'rewind' }).pipe(
    refusedBy(checkpoint),
    tap((saved) => {
      if (saved === 'taken') throw saveError('CHECKPOINT_TAKEN', { checkpoint, unconfirmed: [] });
    }),
    ignoreElements(),
  );
}

/** What trying again does not mend is about the checkpoint, not about the streams. */
function refusedBy(checkpoint: Checkpoint) {
  return <T>(source: Observable<T>): Observable<T> =>
    source.pipe(
      catchError((cause: unknown) => {
        const isFinal = classify(cause).kind === 'fatal' && !isStreamsError(cause);
        return throwError(() => (isFinal ? saveError('CHECKPOINT_REFUSED', { checkpoint, unconfirmed: [], cause }) : cause));
      }),
    );
}
