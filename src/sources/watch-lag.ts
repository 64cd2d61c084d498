import { asyncScheduler, defer, exhaustMap, interval, merge, Observable, retry, startWith, throwError, timer } from 'rxjs';
import { backoff } from '../backoff.js';
import type { LagPlan } from '../check-lag-options.js';
import { StreamsError } from '../errors.js';
import type { GroupLag } from '../lag.js';
import { classify, toStreamsError } from '../wire/failures.js';
import type { Port } from '../wire/port.js';
import { lookAtLag, mayPass, type LookEnv } from './look-at-lag.js';
import { teller } from './tell.js';

/** Redis, and chance. */
export interface WatchEnv {
  readonly port: Port;
  /** From 0 up to 1. */
  readonly dice: () => number;
}

/**
 * Looks at once and then every so often. What is due while a look is out, or is tried again, is left out: never two at once. A look
 * that fails is tried again after a backoff (50 ms to 5 s), for ever.
 */
export function watchLag(plan: LagPlan, { port, dice }: WatchEnv): Observable<GroupLag> {
  return defer(() => {
    const { every, scheduler = asyncScheduler } = plan;
    const tell = teller(plan.notify);
    const look: LookEnv = { port, memory: new Map() };

    const again = (thrown: unknown, attempt: number): Observable<unknown> => {
      const failure = classify(thrown);
      if (port.ended) return throwError(() => clientClosed(plan, thrown));
      if (!mayPass(failure)) {
        return throwError(() => toStreamsError(failure, { doing: 'look at the lag', group: plan.group }));
      }
      const delay = backoff(attempt, dice());
      tell({ type: 'retrying', what: 'lag', attempt, delay, error: failure.error });
      return timer(delay, scheduler);
    };

    const looks = interval(every, scheduler).pipe(
      startWith(0),
      exhaustMap(() => lookAtLag(plan, look).pipe(retry({ delay: again }))),
    );
    return merge(untilClosed(plan, port), looks);
  });
}

/** Fails once the client is closed, also between two looks; emits nothing. */
function untilClosed(plan: LagPlan, port: Port): Observable<never> {
  return new Observable((subscriber) => port.whenEnded(() => subscriber.error(clientClosed(plan))));
}

function clientClosed({ group }: LagPlan, cause?: unknown): StreamsError {
  return new StreamsError(
    'CLIENT_ENDED',
    `could not look at the lag of group '${group}': the Redis client was closed (quit() or disconnect()). Unsubscribe from groupLag before that.`,
    { cause },
  );
}
