/** What travels to Redis together, and who waits for it. */
export interface Batch {
  /** Called once, when Redis has confirmed all of it or it was given up. */
  done?: (error?: Error) => void;
  /** Made for the first who asks, and the same for all of the batch. */
  promise?: Promise<void>;
}

/** Calls back when the batch is done, after those who listen already. */
export function listen(batch: Batch, done: (error?: Error) => void): void {
  const before = batch.done;
  batch.done = (error) => {
    before?.(error);
    done(error);
  };
}

/** Resolves when the batch is confirmed. Nobody has to await it: a refusal is told elsewhere too. */
export function promiseOf(batch: Batch | undefined): Promise<void> {
  if (batch === undefined) return Promise.resolve();
  if (batch.promise === undefined) {
    batch.promise = new Promise<void>((resolve, reject) => {
      listen(batch, (error) => (error === undefined ? resolve() : reject(error)));
    });
    batch.promise.catch(() => undefined);
  }
  return batch.promise;
}

/** One that was refused before anybody asked. */
export function failed(error: Error): Batch {
  const promise = Promise.reject(error);
  promise.catch(() => undefined);
  return { promise };
}
