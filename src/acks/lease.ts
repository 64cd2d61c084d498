import { Subscription, type SchedulerLike } from 'rxjs';
import type { Notice } from '../notices.js';
import { classify } from '../wire/failures.js';
import type { Port } from '../wire/port.js';
import type { Book, Ledger } from './book.js';
import type { Hold } from './hold.js';

export interface LeaseEnv {
  readonly port: Port;
  readonly group: string;
  readonly consumer: string;
  /** ms between two renewals; undefined: nothing is renewed. */
  readonly renewEvery: number | undefined;
  readonly scheduler: SchedulerLike;
  readonly tell: (notice: Notice) => void;
  /** Entries that waited to be delivered again, and are somebody else's by now. */
  readonly forget: (stream: string, ids: readonly string[]) => void;
}

/**
 * Renews the idle time of what is held for longer than `renewEvery`, running or waiting, so that nobody claims it: one command per
 * stream and tick. What is somebody else's by now is told, and its `signal` aborted. The timer runs while something is held.
 */
export class Lease {
  #timer: Subscription | undefined;
  #stopped = false;
  #failures = 0;
  /** Streams whose renewal is out: at most one each. */
  readonly #out = new Map<Book<Hold>, Subscription>();

  constructor(
    readonly ledger: Ledger<Hold>,
    readonly env: LeaseEnv,
  ) {}

  /** Something is held now. */
  begin(): void {
    const { renewEvery, scheduler } = this.env;
    if (this.#timer !== undefined || renewEvery === undefined || this.#stopped) return;
    this.#timer = scheduler.schedule(() => this.#ring(), renewEvery);
  }

  stop(): void {
    this.#stopped = true;
    this.#timer?.unsubscribe();
    for (const out of this.#out.values()) out.unsubscribe();
    this.#out.clear();
  }

  #ring(): void {
    this.#timer = undefined;
    let some = false;
    for (const book of this.ledger.books.values()) {
      some ||= !book.open.isEmpty || book.waiting.size > 0;
      const ids = [...book.waiting.keys()];
      // Held for longer than `renewEvery`: it was there at the last tick already.
      for (const hold of book.open.all()) if (hold.ticks++ > 0 && hold.isLeased) ids.push(hold.id);
      // Refused for good in the same moment, for the stream before: told once.
      if (this.#stopped) return;
      if (ids.length > 0 && !this.#out.has(book)) this.#renew(book, ids);
    }
    if (some) this.begin();
  }

  #renew(book: Book<Hold>, ids: readonly string[]): void {
    const { port, group, consumer } = this.env;
    const out = new Subscription();
    this.#out.set(book, out);
    out.add(
      port.renew({ stream: book.stream, group, consumer, ids }).subscribe({
        next: ({ lost, gone }) => {
          this.#out.delete(book);
          this.#failures = 0;
          // Trimmed away: nobody else can have it, and the work may end.
          for (const id of gone) book.open.get(id)?.trimmed();
          this.#lost(book, lost);
        },
        error: (cause: unknown) => {
          this.#out.delete(book);
          this.#failed(cause);
        },
      }),
    );
  }

  /** What was settled meanwhile is no loss. */
  #lost(book: Book<Hold>, lost: readonly string[]): void {
    const ids = lost.filter((id) => book.open.has(id) || book.waiting.has(id));
    if (ids.length === 0) return;
    this.env.tell({ type: 'lease-lost', stream: book.stream, ids });
    for (const id of ids) book.open.get(id)?.lose();
    const waited = ids.filter((id) => book.waiting.has(id));
    if (waited.length > 0) this.env.forget(book.stream, waited);
  }

  /** The next tick tries again; a refusal for good ends it. */
  #failed(cause: unknown): void {
    const { tell, renewEvery: delay = 0 } = this.env;
    const { kind, error } = classify(cause);
    if (kind !== 'fatal') return tell({ type: 'retrying', what: 'renew', attempt: ++this.#failures, delay, error });
    this.stop();
    tell({ type: 'not-renewed', error });
  }
}
