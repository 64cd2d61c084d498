import type { Subscriber, TeardownLogic } from 'rxjs';
import { whileAlive } from '../wire/clock.js';

/** So many subscriptions find the signal aborted and complete at once. Whoever comes more often is `repeat()`, which never stops. */
const AT_ONCE = 100;
/** ms that later ones wait. */
const PAUSE = 1_000;

const ended = new WeakMap<AbortSignal, number>();

/**
 * A subscription after the abort reads nothing and completes. Below a `repeat()` that would be an endless loop in one call stack, and
 * the process that was asked to stop would hang: so it is slowed down, and keeps no process alive.
 */
export function completeAborted(signal: AbortSignal, subscriber: Subscriber<unknown>): TeardownLogic {
  const times = (ended.get(signal) ?? 0) + 1;
  ended.set(signal, times);
  return times <= AT_ONCE ? subscriber.complete() : whileAlive(PAUSE, () => subscriber.complete());
}
