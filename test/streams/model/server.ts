import type { Read } from '../../../src/streams/effects.js';
import type { Batch } from '../../../src/streams/events.js';
import { compareIds, ZERO } from '../../../src/streams/position.js';

/** What the server writes to a reader. */
export type Reply = { readonly replies: readonly Batch[] } | { readonly word: 'NOGROUP' | 'UNBLOCKED' };

export interface Pending {
  consumer: 'me' | 'other';
  count: number;
  /** When it was touched last. */
  since: number;
}

export interface GroupModel {
  last: string;
  readonly pending: Map<string, Pending>;
}

export interface StreamModel {
  /** Ids in order, without the deleted ones. */
  ids: string[];
  last: string;
  group: GroupModel | undefined;
}

/** One connection as the server sees it: it may hold a block for a client that has long gone. */
export interface Connection {
  readonly id: number;
  block: { readonly read: Read; readonly until: number; readonly write: (reply: Reply) => void } | undefined;
}

/** As much of Redis as a reader meets, as plain data: one group per stream, two consumers. No id ever repeats, not even in a new key. */
export class ModelServer {
  now = 0;
  readonly streams = new Map<string, StreamModel>();
  /** Whatever the group gave us, once: `stream id`. */
  readonly delivered = new Set<string>();
  /** Whatever the group gave to anybody. */
  readonly given = new Set<string>();
  readonly #connections: Connection[] = [];
  #ids = 0;
  /** The first half of a stream's ids: smaller for a key that is made anew by somebody who is behind. */
  readonly #eras = new Map<string, number>();

  constructor(readonly as: { readonly group: boolean; readonly noAck: boolean }) {}

  connect(): Connection {
    const connection: Connection = { id: this.#connections.length + 1, block: undefined };
    this.#connections.push(connection);
    return connection;
  }

  add(stream: string): string {
    const made = this.streams.get(stream) ?? { ids: [], last: ZERO, group: undefined };
    this.streams.set(stream, made);
    made.last = `${this.#eras.get(stream) ?? 1_000}-${++this.#ids}`;
    made.ids.push(made.last);
    for (const connection of this.#connections) this.#wake(connection);
    return made.last;
  }

  remove(stream: string, id: string): void {
    const model = this.streams.get(stream);
    if (model) model.ids = model.ids.filter((each) => each !== id);
  }

  has(stream: string, id: string): boolean {
    return this.streams.get(stream)?.ids.includes(id) === true;
  }

  createGroup(stream: string, from: string): GroupModel {
    const model = this.streams.get(stream) ?? { ids: [], last: ZERO, group: undefined };
    this.streams.set(stream, model);
    return (model.group ??= { last: from === '$' ? model.last : from, pending: new Map() });
  }

  /** The group, or the whole key, is gone: whoever is blocked on it is told. `anew`: its ids will be smaller from then on. */
  destroy(stream: string, { key, anew }: { key: boolean; anew: boolean }): void {
    const model = this.streams.get(stream);
    if (model === undefined) return;
    model.group = undefined;
    if (key) this.streams.delete(stream);
    if (key && anew) this.#eras.set(stream, (this.#eras.get(stream) ?? 1_000) - 1);
    for (const connection of this.#connections) {
      const hit = connection.block?.read.from.some(([each, from]) => each === stream && from === '>');
      if (hit) this.#release(connection, { word: 'UNBLOCKED' });
    }
  }

  /** Another consumer of the group reads. */
  other(stream: string, count: number): string[] {
    const group = this.streams.get(stream)?.group;
    return group ? this.#deliver(stream, group, { count, consumer: 'other', noAck: false }) : [];
  }

  /** XREAD or XREADGROUP: written at once, or when the block ends. */
  read(connection: Connection, read: Read, write: (reply: Reply) => void): void {
    const reply = this.#answer(read);
    if (reply !== undefined || read.block === undefined) return write(reply ?? { replies: [] });
    connection.block = { read, until: this.now + read.block, write };
  }

  /** A read of ours, of whatever connection, waits for entries of one of these streams. */
  isBlocked(streams: readonly string[]): boolean {
    return this.#connections.some(({ block }) => block?.read.from.some(([stream]) => streams.includes(stream)));
  }

  unblock(id: number): boolean {
    const connection = this.#connections.find((each) => each.id === id);
    if (connection?.block === undefined) return false;
    this.#release(connection, { replies: [] });
    return true;
  }

  /** The server notices that the socket is closed. */
  drop(connection: Connection): void {
    connection.block = undefined;
  }

  /** When the next block ends by itself. */
  nextEnd(): number {
    return Math.min(...this.#connections.map(({ block }) => block?.until ?? Infinity));
  }

  /** Ends the blocks whose time has come. */
  expire(): void {
    for (const connection of this.#connections) {
      if (connection.block && connection.block.until <= this.now) this.#release(connection, { replies: [] });
    }
  }

  #wake(connection: Connection): void {
    const reply = connection.block && this.#answer(connection.block.read);
    if (reply) this.#release(connection, reply);
  }

  #release(connection: Connection, reply: Reply): void {
    const { block } = connection;
    connection.block = undefined;
    block?.write(reply);
  }

  #answer(read: Read): Reply | undefined {
    const replies: Batch[] = [];
    // Before anything is delivered from any of them.
    if (this.as.group && read.from.some(([stream]) => this.streams.get(stream)?.group === undefined)) return { word: 'NOGROUP' };
    for (const [stream, from] of read.from) {
      const model = this.streams.get(stream);
      if (!this.as.group) {
        const ids = (model?.ids ?? []).filter((id) => compareIds(id, from) > 0).slice(0, read.count);
        if (ids.length > 0) replies.push(batch(stream, ids));
      } else if (model?.group === undefined) {
        continue;
      } else if (from === '>') {
        const ids = this.#deliver(stream, model.group, { count: read.count, consumer: 'me', noAck: this.as.noAck });
        if (ids.length > 0) replies.push(batch(stream, ids));
      } else {
        replies.push(this.#history(stream, model.group, { from, count: read.count }));
      }
    }
    return replies.length > 0 ? { replies } : undefined;
  }

  #deliver(
    stream: string,
    group: GroupModel,
    { count, consumer, noAck }: { count: number; noAck: boolean } & Pick<Pending, 'consumer'>,
  ) {
    const ids = (this.streams.get(stream)?.ids ?? []).filter((id) => compareIds(id, group.last) > 0).slice(0, count);
    for (const id of ids) {
      group.last = id;
      if (!noAck) group.pending.set(id, { consumer, count: 1, since: this.now });
      this.given.add(`${stream} ${id}`);
      if (consumer === 'me') this.delivered.add(`${stream} ${id}`);
    }
    return ids;
  }

  #history(stream: string, group: GroupModel, { from, count }: { from: string; count: number }): Batch {
    const rows = [...group.pending].filter(([id, { consumer }]) => consumer === 'me' && compareIds(id, from) > 0);
    const page = rows.sort(([a], [b]) => compareIds(a, b)).slice(0, count);
    for (const [, row] of page) {
      row.count += 1;
      row.since = this.now;
    }
    return {
      stream,
      entries: page.map(([id, row]) => ({ id, pairs: this.has(stream, id) ? ['n', id] : null, attempt: row.count })),
    };
  }
}

function batch(stream: string, ids: readonly string[]): Batch {
  return { stream, entries: ids.map((id) => ({ id, pairs: ['n', id] })) };
}
