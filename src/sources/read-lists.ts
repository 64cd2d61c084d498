import type { Observable, Subscriber } from 'rxjs';
import { checkList } from '../check-list.js';
import type { Plan, StreamStart } from '../plan.js';
import { openSource, type Place, type Running } from './open-source.js';
import { StreamList } from './stream-list.js';
import { whenAborted } from './when-aborted.js';

/**
 * A subscription whose streams are lists, each in place of the one before. It begins with the first that names a stream. What goes wrong
 * with a list ends it, as an error of its own does; after the last list those streams are read on, or nothing more where it is empty.
 */
export function readLists(place: Place, plan: Plan, lists: Observable<unknown>, subscriber: Subscriber<unknown>): void {
  let running: Running | undefined;
  let list: StreamList | undefined;

  const begin = (streams: readonly StreamStart[]): void => {
    const opened = openSource(
      place,
      { ...plan, streams },
      {
        entry: (entry) => subscriber.next(entry),
        end: (error) => (error === undefined ? subscriber.complete() : subscriber.error(error)),
        left: (stream) => list?.left(stream),
      },
    );
    running = opened;
    list = new StreamList(streams, opened, (error) => subscriber.error(error));
    // Before it starts: whoever unsubscribes inside the first `next` finds the teardown in place.
    subscriber.add(() => opened.close());
    opened.start();
  };
  if (plan.signal !== undefined) {
    const stop = whenAborted(plan.signal, () => {
      if (running === undefined) subscriber.complete();
    });
    subscriber.add(stop);
  }
  subscriber.add(
    lists.subscribe({
      next: (value) => {
        if (subscriber.closed) return; // unsubscribed amid lists that come at once
        try {
          const streams = checkList(value, plan);
          if (list !== undefined) list.next(streams);
          else if (streams.length > 0) begin(streams);
        } catch (error) {
          subscriber.error(error);
        }
      },
      error: (error: unknown) => subscriber.error(error),
      complete: () => {
        if (running === undefined) subscriber.complete();
        else if (list?.isEmpty === true) running.finish();
      },
    }),
  );
}
