import { compareIds, highest, ZERO } from '../../streams/position.js';
import type { StreamInfo } from '../../checkpoint.js';
import type { PendingRow, RawEntry } from '../../wire/port.js';

/** An entry of the pending list. */
interface Pending {
  readonly consumer: string;
  readonly since: number;
  readonly count: number;
}

interface Group {
  lastDelivered: string;
  readonly pending: Map<string, Pending>;
}

/** One stream with its groups, as far as consumers can tell it from a real one. */
export class ScriptedStream {
  lastGenerated = ZERO;
  /** Entries ever added. */
  #added = 0;
  #maxDeleted = ZERO;
  readonly #entries = new Map<string, readonly string[]>();
  readonly #groups = new Map<string, Group>();

  constructor(
    readonly name: string,
    readonly now: () => number,
  ) {}

  add(id: string, pairs: readonly string[]): void {
    this.#entries.set(id, pairs);
    this.lastGenerated = id;
    this.#added += 1;
  }

  delete(id: string): void {
    if (this.#entries.delete(id)) this.#maxDeleted = highest(this.#maxDeleted, id);
  }

  /** XINFO STREAM. */
  info(): StreamInfo {
    const [first] = this.#entries.keys();
    return {
      lastGenerated: this.lastGenerated,
      maxDeleted: this.#maxDeleted,
      added: this.#added,
      length: this.#entries.size,
      first,
    };
  }

  /** The entry, with null for one that was deleted. */
  one(id: string): RawEntry {
    return { id, pairs: this.#entries.get(id) ?? null };
  }

  /** XREAD. */
  after(id: string, count: number): RawEntry[] {
    const ids = [...this.#entries.keys()].filter((each) => compareIds(each, id) > 0);
    return ids.slice(0, count).map((each) => this.one(each));
  }

  createGroup(group: string, from: string): boolean {
    if (this.#groups.has(group)) return false;
    this.#groups.set(group, { lastDelivered: from === '$' ? this.lastGenerated : from, pending: new Map() });
    return true;
  }

  destroyGroups(): void {
    this.#groups.clear();
  }

  lastDelivered(group: string): string | undefined {
    return this.#groups.get(group)?.lastDelivered;
  }

  /** XREADGROUP with `>`. */
  deliver(group: string, { consumer, count, noAck }: { consumer: string; count: number; noAck: boolean }): RawEntry[] {
    const found = this.#group(group);
    const entries = this.after(found.lastDelivered, count);
    for (const { id } of entries) {
      found.lastDelivered = id;
      if (!noAck) found.pending.set(id, { consumer, since: this.now(), count: 1 });
    }
    return entries;
  }

  /** XREADGROUP with an id: one's own pending entries, each a delivery more. */
  history(group: string, { consumer, after, count }: { consumer: string; after: string; count: number }): RawEntry[] {
    const rows = this.pending(group, { consumer, after, count });
    for (const row of rows) this.#claim(group, row.id, { consumer, count: row.count + 1 });
    return rows.map(({ id }) => this.one(id));
  }

  ack(group: string, ids: readonly string[]): number {
    const pending = this.#groups.get(group)?.pending;
    return ids.filter((id) => pending?.delete(id)).length;
  }

  /** XPENDING: of one consumer or of all, after one id and up to another. */
  pending(group: string, of: { consumer?: string; after?: string; to?: string; count?: number } = {}): PendingRow[] {
    const { consumer, after = '', to, count = Infinity } = of;
    const rows = [...this.#group(group).pending].map(([id, { since, ...row }]) => ({ id, idle: this.now() - since, ...row }));
    return rows
      .filter((row) => consumer === undefined || row.consumer === consumer)
      .filter(({ id }) => (after === '' || compareIds(id, after) > 0) && (to === undefined || compareIds(id, to) <= 0))
      .sort((a, b) => compareIds(a.id, b.id))
      .slice(0, count);
  }

  /** The pending lists of all groups. */
  allPending(): PendingRow[] {
    return [...this.#groups.keys()].flatMap((group) => this.pending(group));
  }

  /** XCLAIM by the owner of an entry; whether it still is. */
  claim(group: string, id: string, { consumer, count }: { consumer: string; count: (before: number) => number }): boolean {
    const row = this.#group(group).pending.get(id);
    if (row?.consumer !== consumer) return false;
    this.#claim(group, id, { consumer, count: count(row.count) });
    return true;
  }

  /** XCLAIM FORCE of an entry that is in no pending list. */
  register(group: string, id: string, { consumer, count }: { consumer: string; count: number }): boolean {
    if (this.#group(group).pending.has(id) || !this.#entries.has(id)) return false;
    this.#claim(group, id, { consumer, count });
    return true;
  }

  #claim(group: string, id: string, { consumer, count }: { consumer: string; count: number }): void {
    this.#group(group).pending.set(id, { consumer, count, since: this.now() });
  }

  #group(name: string): Group {
    const group = this.#groups.get(name);
    if (group === undefined) throw replyError(`NOGROUP No such key '${this.name}' or consumer group '${name}'`);
    return group;
  }
}

/** What a client throws for an error reply of Redis. */
export function replyError(message: string): Error {
  return Object.assign(new Error(message), { name: 'ReplyError' });
}
