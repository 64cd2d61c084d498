import type { Subscription } from 'rxjs';
import type { Read } from '../streams/effects.js';
import type { Event } from '../streams/events.js';
import { classify } from '../wire/failures.js';
import { perform, type Work, type WorkEnv } from './work.js';

/** Does the work, and dispatches the event that answers it; nothing any more once `running` is unsubscribed. */
export function answer(
  work: Work,
  { running, env, dispatch }: { running: Subscription; env: WorkEnv; dispatch: (event: Event) => void },
): void {
  const { flush } = env.session;
  const answered = (event: Event): void => {
    flush.along = event.type === 'failed' ? undefined : env.reader.together;
    if (!running.closed) dispatch(event);
  };
  const begin = (): void =>
    running.add(
      perform(work, env).subscribe({
        next: answered,
        error: (error: unknown) => {
          const failure = classify(error);
          answered({ type: 'failed', failure: env.port.ended ? { ...failure, kind: 'fatal' } : failure });
        },
      }),
    );
  if (work.do === 'read') withAcks(env, work.read, begin);
  else begin();
}

/**
 * Acks share the connection for reading, where they can. Ahead of a read that waits: behind it they would wait as long. Behind one that does not:
 * Redis then acknowledges while we work on the reply, and the reply does not wait for the acks. And while none is out. What comes to nothing there
 * goes through the client, as all others.
 */
function withAcks({ reader, session }: WorkEnv, { block }: Read, begin: () => void): void {
  const { flush } = session;
  const { together } = reader;
  if (together === undefined) return begin();
  flush.along = block === undefined ? together : undefined;
  if (block === undefined) return begin();
  together((ack) => {
    if (ack !== undefined) flush.ride(ack);
    begin();
  });
}
