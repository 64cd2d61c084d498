import { merge, Subscription, type Observable } from 'rxjs';
import type { Session } from '../settlement.js';
import { isSeveral, type Owed } from './owed.js';

export interface SessionsMetHandlers {
  /** Redis refused acks for good, or they were not confirmed in time. */
  readonly refused: (error: unknown) => void;
  /** Called once for each session. */
  readonly met: (session: Session) => void;
  /** An entry that was nacked is over, or will not come again in that session; without one: none will. */
  readonly comesNoMore: (session: Session, entry?: { readonly stream: string; readonly id: string }) => void;
}

/**
 * The sessions whose entries a stage has settled: mostly one, several under `merge()`, one after another under `repeat()`.
 * A session that is closed completes its `refused` and is forgotten, so that `repeat()` for ever does not grow.
 */
export class SessionsMet {
  readonly #handlers: SessionsMetHandlers;
  /** Sessions still open, with our subscription to what they refuse. */
  readonly #open = new Map<Session, Subscription>();
  /** The one met last: the next entry is mostly of the same. */
  #latest: Session | undefined;

  constructor(handlers: SessionsMetHandlers) {
    this.#handlers = handlers;
  }

  /** There are some, and all of them were unsubscribed from below. */
  get areTorn(): boolean {
    return this.#open.size > 0 && [...this.#open.keys()].every(({ torn }) => torn);
  }

  meet(owed: Owed): void {
    if (isSeveral(owed)) for (const { session } of owed) this.#meet(session);
    else this.#meet(owed.session);
  }

  #meet(session: Session): void {
    if (session === this.#latest) return;
    this.#latest = session;
    if (this.#open.has(session)) return;
    const { refused, met, comesNoMore } = this.#handlers;
    const listening = new Subscription();
    this.#open.set(session, listening);
    listening.add(session.refused.subscribe({ next: refused, error: refused, complete: () => this.#forget(session) }));
    const ended = (): void => comesNoMore(session);
    listening.add(session.forgotten.subscribe({ next: (entry) => comesNoMore(session, entry), error: ended, complete: ended }));
    met(session);
  }

  /** Completes once everything settled so far is confirmed, in every session. */
  confirmed(): Observable<never> {
    return merge(...[...this.#open.keys()].map((session) => session.confirmed));
  }

  /** Stops listening. */
  leave(): void {
    for (const listening of this.#open.values()) listening.unsubscribe();
    this.#open.clear();
    this.#latest = undefined;
  }

  #forget(session: Session): void {
    this.#open.delete(session);
    if (this.#latest === session) this.#latest = undefined;
  }
}
