import { StreamsError } from '../errors.js';
import type { StreamStart } from '../plan.js';

/** The hash slot of a stream; the same for all where the client is no Cluster. */
export type SlotOf = (stream: string) => number;

/** Each reader has a connection of its own: not more of them than a server and a process bear without a second thought. */
export const MOST_READERS = 256;

/** Streams of one reader: what one command names has a bound, and Redis looks at each of them with every read. */
export const MOST_STREAMS = 1_000;

/** Streams that are read by one command and by one reader. */
export interface Share {
  readonly slot: number;
  readonly streams: readonly StreamStart[];
}

/** Streams in the shares of their readers: those of a share are in one slot. */
export function sharesOf(streams: readonly StreamStart[], slotOf: SlotOf): readonly Share[] {
  const shares: { slot: number; streams: StreamStart[] }[] = [];
  const open = new Map<number, { slot: number; streams: StreamStart[] }>();
  for (const each of streams) {
    const slot = slotOf(each.stream);
    let share = open.get(slot);
    if (share === undefined || share.streams.length === MOST_STREAMS) {
      share = { slot, streams: [] };
      open.set(slot, share);
      shares.push(share);
    }
    share.streams.push(each);
  }
  return shares;
}

/** How many readers the streams of a subscription take, kept as they come and go. */
export class ReaderCount {
  readonly #inSlot = new Map<number, number>();
  #streams = 0;
  #readers = 0;

  constructor(readonly slotOf: SlotOf) {}

  /** Throws `TOO_MANY_STREAMS`, and then counts none of them. */
  add(streams: readonly StreamStart[]): void {
    for (const { stream } of streams) this.#count(stream, 1);
    if (this.#readers <= MOST_READERS) return;
    const error = tooMany(this.#streams, this.#readers);
    for (const { stream } of streams) this.#count(stream, -1);
    throw error;
  }

  remove(stream: string): void {
    this.#count(stream, -1);
  }

  #count(stream: string, by: 1 | -1): void {
    const slot = this.slotOf(stream);
    const before = this.#inSlot.get(slot) ?? 0;
    this.#streams += by;
    this.#readers += readersOf(before + by) - readersOf(before);
    if (before + by === 0) this.#inSlot.delete(slot);
    else this.#inSlot.set(slot, before + by);
  }
}

function readersOf(streams: number): number {
  return Math.ceil(streams / MOST_STREAMS);
}

function tooMany(streams: number, readers: number): StreamsError {
  return new StreamsError(
    'TOO_MANY_STREAMS',
    `These ${streams} streams take ${readers} connections, one for each slot of a cluster and for each ${MOST_STREAMS} streams: ${MOST_READERS} at most. ` +
      'Give streams that are read together a common hashtag, such as orders:{eu}:1 and orders:{eu}:2, or share them out among processes.',
  );
}
