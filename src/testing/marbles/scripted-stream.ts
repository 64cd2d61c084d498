import type { StreamInfo } from '../../checkpoint.js';
import { highest, ZERO } from '../../streams/position.js';
import type { PendingOf, PendingRow, RawEntry } from '../../wire/port.js';
import { ById } from './by-id.js';

/** An entry of the pending list. */
interface Pending {
  readonly consumer: string;
  readonly since: number;
  readonly count: number;
}

interface Claim {
  readonly consumer: string;
  readonly count: (before: number) => number;
  /** For how long nobody has touched it, if not now. */
  readonly idle?: number;
}

interface Group {
  lastDelivered: string;
  readonly pending: ById<Pending>;
}

/** One stream with its groups, as far as consumers can tell it from a real one. */
export class ScriptedStream {
  lastGenerated = ZERO;
  maxDeleted = ZERO;
  added = 0;
  readonly #entries = new ById<readonly string[]>();
  readonly #groups = new Map<string, Group>();

  constructor(
    readonly name: string,
    readonly now: () => number,
  ) {}

  add(id: string, pairs: readonly string[]): void {
    this.#entries.set(id, pairs);
    this.lastGenerated = id;
    this.added += 1;
  }

  delete(id: string): void {
    if (this.#entries.delete(id)) this.maxDeleted = highest(this.maxDeleted, id);
  }

  /** XINFO STREAM. */
  info(): StreamInfo {
    const { lastGenerated, maxDeleted, added } = this;
    const ids = [...this.#entries.after(undefined)].map(([id]) => id);
    return { lastGenerated, maxDeleted, added, length: ids.length, first: ids[0] };
  }

  /** The entry, with null for one that was deleted. */
  one(id: string): RawEntry {
    return { id, pairs: this.#entries.get(id) ?? null };
  }

  /** XREAD. */
  after(id: string, count: number): RawEntry[] {
    return firstOf(this.#entries.after(id), count).map(([each]) => this.one(each));
  }

  createGroup(group: string, from: string): boolean {
    if (this.#groups.has(group)) return false;
    this.#groups.set(group, { lastDelivered: from === '$' ? this.lastGenerated : from, pending: new ById() });
    return true;
  }

  rewindGroup(group: string): boolean {
    this.#group(group).lastDelivered = '0-0';
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
  pending(group: string, of: Partial<Omit<PendingOf, 'stream' | 'group'>> = {}): PendingRow[] {
    const { consumer, minIdle = 0, after, to, count = Infinity } = of;
    const rows: PendingRow[] = [];
    for (const [id, { since, ...row }] of this.#group(group).pending.after(after, to)) {
      const idle = this.now() - since;
      if ((consumer !== undefined && row.consumer !== consumer) || idle < minIdle) continue;
      if (rows.push({ id, idle, ...row }) >= count) break;
    }
    return rows;
  }

  /** The pending lists of all groups. */
  allPending(): PendingRow[] {
    return [...this.#groups.keys()].flatMap((group) => this.pending(group));
  }

  /** XCLAIM by the owner of an entry; whether it still was. One that is gone from the stream is no longer pending then. */
  claim(group: string, id: string, { consumer, count, idle }: Claim): boolean {
    const { pending } = this.#group(group);
    const row = pending.get(id);
    if (row?.consumer !== consumer) return false;
    this.#claim(group, id, { consumer, count: count(row.count), idle });
    if (!this.#entries.has(id)) pending.delete(id);
    return true;
  }

  /** XCLAIM JUSTID by anybody, of what is idle for so long. */
  adopt(group: string, id: string, { consumer, minIdle }: { consumer: string; minIdle: number }): boolean {
    const row = this.#group(group).pending.get(id);
    if (row === undefined || this.now() - row.since < minIdle) return false;
    this.#claim(group, id, { consumer, count: row.count });
    return true;
  }

  isOf(group: string, id: string, consumer: string): boolean {
    return this.#group(group).pending.get(id)?.consumer === consumer;
  }

  /** XCLAIM FORCE of an entry that is in no pending list. */
  register(group: string, id: string, { consumer, count }: { consumer: string; count: number }): boolean {
    if (this.#group(group).pending.has(id) || !this.#entries.has(id)) return false;
    this.#claim(group, id, { consumer, count });
    return true;
  }

  #claim(group: string, id: string, { consumer, count, idle = 0 }: { consumer: string; count: number; idle?: number }): void {
    this.#group(group).pending.set(id, { consumer, count, since: this.now() - idle });
  }

  #group(name: string): Group {
    const group = this.#groups.get(name);
    if (group === undefined) throw replyError(`NOGROUP No such key '${this.name}' or consumer group '${name}'`);
    return group;
  }
}

function firstOf<T>(items: Iterable<T>, count: number): T[] {
  const first: T[] = [];
  for (const item of items) if (first.push(item) >= count) break;
  return first;
}

/** What a client throws for an error reply of Redis. */
export function replyError(message: string): Error {
  return Object.assign(new Error(message), { name: 'ReplyError' });
}
