import { asapScheduler, asyncScheduler } from 'rxjs';
import { AckSession } from '../acks/session.js';
import type { SessionEnv } from '../acks/session-env.js';
import type { Plan } from '../plan.js';
import type { Reports } from './sink.js';

/** The way home of one machine's entries: what happens on it is reported to the machine. */
export function openSession(
  plan: Plan,
  given: Pick<SessionEnv, 'port' | 'dice' | 'tell' | 'refused' | 'anew'>,
  reports: Reports,
): AckSession {
  const session = new AckSession(plan, {
    ...given,
    scheduler: plan.scheduler ?? asyncScheduler,
    soon: plan.scheduler ?? asapScheduler,
    changed: () => {
      session.workOff.look();
      reports.changed(true);
    },
    workedOff: (stream) => reports.dispatch({ type: 'worked-off', stream }),
    nacked: (entry) => reports.dispatch({ type: 'nacked', ...entry }),
  });
  return session;
}
