import { Observable, Subscription } from 'rxjs';

interface Open {
  readonly name: string;
  readonly since: number;
  readonly link: Subscription;
}

/** The open subscriptions of the Observables that the kit has handed out or was given. It can end all of them without a word. */
export class Subscriptions {
  readonly #open = new Set<Open>();

  constructor(readonly now: () => number) {}

  /** The same Observable, of whose subscriptions we know. */
  watch<T>(name: string, source: Observable<T>): Observable<T> {
    return new Observable((subscriber) => {
      const open: Open = { name, since: this.now(), link: new Subscription() };
      this.#open.add(open);
      // First: a synchronous source may be unsubscribed while it emits.
      subscriber.add(() => {
        this.#open.delete(open);
        open.link.unsubscribe();
      });
      new Observable<T>((inner) => {
        open.link.add(inner);
        if (!inner.closed) source.subscribe(inner);
      }).subscribe({
        next: (value) => subscriber.next(value),
        error: (error: unknown) => subscriber.error(error),
        complete: () => subscriber.complete(),
      });
    });
  }

  get open(): readonly string[] {
    return [...this.#open].map(({ name, since }) => `${name} is still subscribed, since frame ${since}`);
  }

  cut(): void {
    for (const { link } of [...this.#open]) link.unsubscribe();
    this.#open.clear();
  }
}
