import type { Session, Settlement } from '../settlement.js';

type Id = Pick<Settlement, 'stream' | 'id'>;

/** Entries that were nacked and come again, by the session that brings them, each with the one that waits for it. */
export class Awaited<Waiter> {
  readonly #sessions = new Map<Session, Map<string, Waiter>>();

  add(settlement: Settlement, waiter: Waiter): void {
    const { session } = settlement;
    let entries = this.#sessions.get(session);
    if (entries === undefined) this.#sessions.set(session, (entries = new Map<string, Waiter>()));
    entries.set(nameOf(settlement), waiter);
  }

  /** It came, or never will: answers who waited for it. */
  remove(session: Session, entry: Id): Waiter | undefined {
    const entries = this.#sessions.get(session);
    const waiter = entries?.get(nameOf(entry));
    if (entries?.delete(nameOf(entry)) && entries.size === 0) this.#sessions.delete(session);
    return waiter;
  }

  /** Nothing comes again in that session: answers who waited, once for each entry. */
  removeAll(session: Session): readonly Waiter[] {
    const entries = this.#sessions.get(session);
    this.#sessions.delete(session);
    return [...(entries?.values() ?? [])];
  }

  clear(): void {
    this.#sessions.clear();
  }
}

function nameOf({ stream, id }: Id): string {
  return `${id} ${stream}`;
}
