import { defer, tap, type Observable } from 'rxjs';
import { begin, CANCELLED, DONE, settles, type SettleOperation } from '../channels.js';

/** The same command; and whoever listens is told of it. */
export function watched<T>(
  command: Observable<T>,
  how: SettleOperation['how'],
  { stream }: Pick<SettleOperation, 'stream'>,
  { ids }: Pick<SettleOperation, 'ids'>,
  { group: name, consumer }: { readonly group: string; readonly consumer: string },
): Observable<T> {
  if (!settles.hasSubscribers) return command;
  return defer(() => {
    const end = begin<SettleOperation>(settles, { how, stream, ids, group: { name, consumer } });
    return command.pipe(
      tap({
        next: () => end(DONE),
        error: (error: unknown) => end({ how: 'failed', error }),
        finalize: () => end(CANCELLED), // if it has not ended
      }),
    );
  });
}
