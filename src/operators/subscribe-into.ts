import { Observable, type Observer, type Subscription } from 'rxjs';

/**
 * Subscribes so that unsubscribing `subscription` ends it even while `source` emits inside `subscribe`:
 * the subscription which `subscribe` returns comes too late for a synchronous source. `released` is called when it has ended, however
 * that came, and everything above it is torn down.
 */
export function subscribeInto<T>(
  subscription: Subscription,
  source: Observable<T>,
  observer: Observer<T>,
  released?: () => void,
): void {
  new Observable<T>((subscriber) => {
    subscription.add(subscriber);
    if (!subscriber.closed) source.subscribe(subscriber);
    return released;
  }).subscribe(observer);
}
