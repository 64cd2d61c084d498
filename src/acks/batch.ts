import { Observable } from 'rxjs';

/** What travels to Redis together, and who waits for it. */
export interface Batch {
  /** Called once each, when Redis has confirmed all of it or it was given up. */
  readonly listeners: ((error?: Error) => void)[];
  /** Made for the first who asks, and the same for all of the batch. */
  promise?: Promise<void>;
}

export function finish(batch: Batch | undefined, error?: Error): void {
  for (const listener of batch?.listeners.splice(0) ?? []) listener(error);
}

/** Resolves when the batch is confirmed. Nobody has to await it: a refusal is told elsewhere too. */
export function promiseOf(batch: Batch | undefined): Promise<void> {
  if (batch === undefined) return Promise.resolve();
  if (batch.promise === undefined) {
    batch.promise = new Promise<void>((resolve, reject) => {
      batch.listeners.push((error) => (error === undefined ? resolve() : reject(error)));
    });
    batch.promise.catch(() => undefined);
  }
  return batch.promise;
}

/** One that was refused before anybody asked. */
export function failed(error: Error): Batch {
  const promise = Promise.reject(error);
  promise.catch(() => undefined);
  return { listeners: [], promise };
}

/** Cold: completes once all that is on its way at the subscription is confirmed or given up, at once when there is nothing. */
export function confirmed(onTheirWay: () => readonly Batch[]): Observable<never> {
  return new Observable((subscriber) => {
    const waiting = new Set(onTheirWay());
    if (waiting.size === 0) return subscriber.complete();
    for (const batch of waiting) {
      batch.listeners.push(() => {
        waiting.delete(batch);
        if (waiting.size === 0) subscriber.complete();
      });
    }
  });
}
