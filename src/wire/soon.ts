import { Observable, Subscription } from 'rxjs';
import { whileAlive } from './clock.js';

/** Commands that leave together, each of which has another way: what fails, or is not answered within so many ms, goes that way. */
export class Soon {
  readonly #ms: number;
  /** Not answered yet: what sends them the other way. */
  readonly #out = new Set<() => void>();
  /** One timer for all: there may be an ack for each of a thousand streams. */
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
        this.#answered(otherwise);
        asked.unsubscribe();
        subscriber.add(instead().subscribe(subscriber));
      };
      this.#out.add(otherwise);
      this.#cancel ??= whileAlive(this.#ms, () => this.#late());
      subscriber.add(() => this.#answered(otherwise));
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

  #late(): void {
    this.#cancel = undefined;
    for (const otherwise of [...this.#out]) otherwise();
  }

  #answered(otherwise: () => void): void {
    if (!this.#out.delete(otherwise) || this.#out.size > 0) return;
    this.#cancel?.();
    this.#cancel = undefined;
  }
}
