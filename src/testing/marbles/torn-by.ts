import { Observable } from 'rxjs';

/** The same Observable; as with a source of ours, who unsubscribes before its end tears the session. */
export function tornBy<T>(session: { torn: boolean }, emissions: Observable<T>): Observable<T> {
  return new Observable((subscriber) => {
    let ended = false;
    // First: a stage finds out in its own teardown that it was cut off from below.
    subscriber.add(() => (session.torn ||= !ended));
    subscriber.add(
      emissions.subscribe({
        next: (value) => subscriber.next(value),
        error: (error: unknown) => {
          ended = true;
          subscriber.error(error);
        },
        complete: () => {
          ended = true;
          subscriber.complete();
        },
      }),
    );
  });
}
