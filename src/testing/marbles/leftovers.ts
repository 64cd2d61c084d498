import type { Observable } from 'rxjs';

/** What RxJS writes down about the subscriptions of a `cold()` or `hot()`. */
interface Logged {
  readonly name: string;
  readonly subscriptions: readonly { readonly subscribedFrame: number; readonly unsubscribedFrame: number }[];
}

/** Subscriptions of `cold()` and `hot()` that nobody has ended. */
export function stillSubscribed(logged: readonly Logged[]): string[] {
  return logged.flatMap(({ name, subscriptions }) =>
    subscriptions
      .filter(({ unsubscribedFrame }) => unsubscribedFrame === Infinity)
      .map(({ subscribedFrame }) => `${name} is still subscribed, since frame ${subscribedFrame}`),
  );
}

export function named<O extends Observable<unknown> & Omit<Logged, 'name'>>(name: string, observable: O): Logged {
  return {
    name,
    get subscriptions() {
      return observable.subscriptions;
    },
  };
}

/** Fails, if there is something left. */
export function failOn(leftovers: readonly string[], frame: number): void {
  if (leftovers.length === 0) return;
  throw new Error(`Left over at the horizon (frame ${frame}):\n${leftovers.map((each) => `- ${each}`).join('\n')}`);
}
