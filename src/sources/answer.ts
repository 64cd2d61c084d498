import type { Subscription } from 'rxjs';
import type { Event } from '../streams/events.js';
import { classify } from '../wire/failures.js';
import { perform, type Work, type WorkEnv } from './work.js';

/** Does the work, and dispatches the event that answers it; nothing any more once `running` is unsubscribed. */
export function answer(
  work: Work,
  { running, env, dispatch }: { running: Subscription; env: WorkEnv; dispatch: (event: Event) => void },
): void {
  const begin = (): void =>
    running.add(
      perform(work, env).subscribe({
        next: (event) => {
          if (!running.closed) dispatch(event);
        },
        error: (error: unknown) => {
          const failure = classify(error);
          if (!running.closed) dispatch({ type: 'failed', failure: env.port.ended ? { ...failure, kind: 'fatal' } : failure });
        },
      }),
    );
  if (work.do === 'read') withAcks(env, begin);
  else begin();
}

/** Acks that are due go ahead of a read, where they can. What comes to nothing there goes through the client, as all others. */
function withAcks({ reader, session, port, plan }: WorkEnv, read: () => void): void {
  if (plan.group === undefined || reader.together === undefined) return read();
  reader.together((ack) => {
    if (ack !== undefined) session.flush.ride((target) => ack(target, () => port.ack(target)));
    read();
  });
}
