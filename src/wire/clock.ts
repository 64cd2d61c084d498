/** ms that never go back, whatever the system's clock does. */
export function monotonic(): number {
  return performance.now();
}

/** The time of that scheduler; without one, real time. */
export function clockOf(scheduler: { now(): number } | undefined): () => number {
  return scheduler === undefined ? monotonic : () => scheduler.now();
}

/** From 0 up to 1: the jitter of a backoff. */
export function dice(): number {
  return Math.random();
}

/** An error of the caller's own code that nobody is there to catch: an uncaught exception, as RxJS does it. */
export function throwLater(error: unknown): void {
  process.nextTick(() => {
    throw error;
  });
}

/** Calls after so many ms, if the process lives that long: waiting does not keep it alive. The function it returns cancels. */
export function whileAlive(ms: number, call: () => void): () => void {
  const timer = setTimeout(call, ms);
  timer.unref();
  return () => clearTimeout(timer);
}
