import type { Subscription } from 'rxjs';
import type { Event } from '../streams/events.js';
import { classify } from '../wire/failures.js';
import { perform, type Work, type WorkEnv } from './work.js';

/** Does the work, and dispatches the event that answers it; nothing any more once `running` is unsubscribed. */
export function answer(
  work: Work,
  { running, env, dispatch }: { running: Subscription; env: WorkEnv; dispatch: (event: Event) => void },
): void {
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
}
