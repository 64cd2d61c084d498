import { Observable, Subscription } from 'rxjs';
import { monotonic, whileAlive } from './clock.js';

/** Commands each of which has another way: what fails, or is not answered within so many ms, goes that way. */
export class Soon {
  readonly #ms: number;
  /** Not answered yet, the oldest first: what sends it the other way, and when that is due. */
  readonly #out = new Map<() => void, number>();
  /** One timer for all, for the oldest there was when it was set: hardly any is late, and each would have one set and cancelled. */
  #cancel: (() => void) | undefined;

  constructor(ms: number) {
    this.#ms = ms;
  }

  /** Cold. `as` makes of the reply what is emitted. */
  answer<T>(command: Observable<unknown>, as: (reply: unknown) => T, instead: () => Observable<T>): Observable<T> {
    return new Observable((subscriber) => {
      const asked = new Subscription();
      const otherwise = (): void => {
        if (subscriber.closed) return; // another one's answer has ended it
        this.#out.delete(otherwise);
        asked.unsubscribe();
        subscriber.add(instead().subscribe(subscriber));
      };
      this.#out.set(otherwise, monotonic() + this.#ms);
      this.#cancel ??= whileAlive(this.#ms, this.#late);
      subscriber.add(() => this.#out.delete(otherwise));
      subscriber.add(asked);
      asked.add(
        command.subscribe({
          next: (reply) => {
            subscriber.next(as(reply));
            subscriber.complete();
          },
          error: otherwise,
        }),
      );
    });
  }

  /** Nothing is out any more, or nobody waits for it: no timer is left. */
  stop(): void {
    this.#cancel?.();
    this.#cancel = undefined;
  }

  readonly #late = (): void => {
    this.#cancel = undefined;
    const now = monotonic();
    for (const [otherwise, due] of this.#out) {
      if (due > now) {
        this.#cancel ??= whileAlive(due - now, this.#late);
        return;
      }
      otherwise();
    }
  };
}
