import { fromName } from './args.js';
import { ReplyError } from './errors.js';
import { MIN_ID, type StreamId } from './ids.js';
import { SortedById } from './sorted.js';
import type { Stream } from './stream.js';

/** An entry that was delivered and not acknowledged. It stands in two lists: its group's and its consumer's. */
export interface Pending {
  readonly id: StreamId;
  consumer: Consumer;
  deliveredAt: number;
  count: number;
}

export class Consumer {
  readonly pending = new SortedById<Pending>();
  constructor(
    readonly name: string,
    /** When it last asked for something, ms. */
    public seenAt: number,
  ) {}
}

export class Group {
  readonly pending = new SortedById<Pending>();
  readonly consumers = new Map<string, Consumer>();
  constructor(
    readonly name: string,
    public lastId: StreamId,
    /** How many entries of the stream it has read; -1 when nobody knows. */
    public entriesRead: number,
  ) {}

  /** Makes the consumer when it is new, and notes that it was here. */
  seen(name: string, now: number): Consumer {
    let consumer = this.consumers.get(name);
    if (consumer) consumer.seenAt = now;
    else this.consumers.set(name, (consumer = new Consumer(name, now)));
    return consumer;
  }

  /** Moves an entry to that consumer's pending list, or puts it there for the first time. */
  assign(id: StreamId, consumer: Consumer): Pending {
    let pending = this.pending.get(id);
    if (!pending) {
      pending = { id, consumer, deliveredAt: 0, count: 0 };
      this.pending.add(pending);
      consumer.pending.add(pending);
    } else if (pending.consumer !== consumer) {
      pending.consumer.pending.delete(id);
      pending.consumer = consumer;
      consumer.pending.add(pending);
    }
    return pending;
  }

  /** Whether it was pending. */
  release(id: StreamId): boolean {
    return this.pending.delete(id)?.consumer.pending.delete(id) !== undefined;
  }

  /** How many entries it had pending: they are pending no more. */
  removeConsumer(name: string): number {
    const consumer = this.consumers.get(name);
    if (!consumer) return 0;
    for (const { id } of consumer.pending.from(MIN_ID)) this.pending.delete(id);
    this.consumers.delete(name);
    return consumer.pending.size;
  }
}

/** As Redis lists groups and consumers: by the bytes of their names. */
export function byName<T extends { readonly name: string }>(items: ReadonlyMap<string, T>): T[] {
  return [...items.values()].sort((a, b) => (a.name < b.name ? -1 : 1));
}

/** The group, or the error of XPENDING, XCLAIM and XAUTOCLAIM. */
export function groupOf(stream: Stream | undefined, key: Buffer, name: string): Group {
  const group = stream?.groups.get(name);
  if (!group) throw new ReplyError(`NOGROUP No such key '${key.toString()}' or consumer group '${fromName(name).toString()}'`);
  return group;
}
