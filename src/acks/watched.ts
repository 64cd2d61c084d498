import { defer, tap, type Observable } from 'rxjs';
import { begin, CANCELLED, DONE, settles, type Settled } from '../channels.js';

/** The same command; and whoever listens is told of it. */
export function watched<T>(
  command: Observable<T>,
  how: Settled['how'],
  { stream }: Pick<Settled, 'stream'>,
  { ids }: Pick<Settled, 'ids'>,
  { group: name, consumer }: { readonly group: string; readonly consumer: string },
): Observable<T> {
  if (!settles.hasSubscribers) return command;
  return defer(() => {
    const end = begin<Settled>(settles, { how, stream, ids, group: { name, consumer } });
    return command.pipe(
      tap({
        next: () => end(DONE),
        error: (error: unknown) => end({ how: 'failed', error }),
        finalize: () => end(CANCELLED), // if it has not ended
      }),
    );
  });
}
