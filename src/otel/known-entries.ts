import type { SpanContext } from '@opentelemetry/api';
import type { Membership } from '../channels.js';

/** An entry that was delivered and may be settled yet. */
export interface KnownEntry {
  /** Where it was added. */
  readonly creation?: SpanContext | undefined;
  /** Where it was worked on. */
  readonly process?: SpanContext | undefined;
}

export interface Whose {
  readonly stream: string;
  readonly group: Membership;
}

/** So many are remembered, whatever becomes of them. */
const MOST_KNOWN = 10_000;

/** Whose acks belong to which spans: acks travel by their ids alone. An entry is forgotten when it is settled, or as the oldest of too many. */
export class KnownEntries {
  readonly #entries = new Map<string, KnownEntry>();

  get size(): number {
    return this.#entries.size;
  }

  note(whose: Whose, id: string, more: KnownEntry): void {
    const key = keyOf(whose, id);
    this.#entries.set(key, { ...this.#entries.get(key), ...more });
    const [oldest] = this.#entries.size > MOST_KNOWN ? this.#entries.keys() : [];
    if (oldest !== undefined) this.#entries.delete(oldest);
  }

  get(whose: Whose, id: string): KnownEntry | undefined {
    return this.#entries.get(keyOf(whose, id));
  }

  forget(whose: Whose, ids: readonly string[]): void {
    for (const id of ids) this.#entries.delete(keyOf(whose, id));
  }

  clear(): void {
    this.#entries.clear();
  }
}

function keyOf({ stream, group }: Whose, id: string): string {
  return JSON.stringify([stream, group.name, id]);
}
