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

export function checkReaders(streams: readonly StreamStart[], slotOf: SlotOf): void {
  const readers = sharesOf(streams, slotOf).length;
  if (readers <= MOST_READERS) return;
  throw new StreamsError(
    'TOO_MANY_STREAMS',
    `These ${streams.length} streams take ${readers} connections, one for each slot of a cluster and for each ${MOST_STREAMS} streams: ${MOST_READERS} at most. ` +
      'Give streams that are read together a common hashtag, such as orders:{eu}:1 and orders:{eu}:2, or share them out among processes.',
  );
}
