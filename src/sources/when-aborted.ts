import { throwLater } from '../wire/clock.js';

interface Waiting {
  readonly calls: Set<() => void>;
  readonly listener: () => void;
}

const waiting = new WeakMap<AbortSignal, Waiting>();

/**
 * Calls back once, when the signal is aborted. The function it returns stops listening. One stop signal for a whole service is what a
 * shutdown needs: so one listener sits on it however many of us wait (more than ten would be a warning of Node), and none when nobody
 * does.
 */
export function whenAborted(signal: AbortSignal, aborted: () => void): () => void {
  const { calls, listener } = waiting.get(signal) ?? listen(signal);
  const call = (): void => aborted();
  calls.add(call);
  return () => {
    if (!calls.delete(call) || calls.size > 0) return;
    waiting.delete(signal);
    signal.removeEventListener('abort', listener);
  };
}

function listen(signal: AbortSignal): Waiting {
  const calls = new Set<() => void>();
  const listener = (): void => {
    waiting.delete(signal);
    // A Set lets out who is taken from it meanwhile: one subscription's end may unsubscribe another.
    for (const call of calls) {
      try {
        call();
      } catch (error) {
        throwLater(error); // as the signal would have done: the others have to hear of it all the same
      }
    }
  };
  signal.addEventListener('abort', listener, { once: true });
  const made = { calls, listener };
  waiting.set(signal, made);
  return made;
}
