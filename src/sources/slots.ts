import { StreamsError } from '../errors.js';
import type { StreamStart } from '../plan.js';

/** The hash slot of a stream; the same for all where the client is no Cluster. */
export type SlotOf = (stream: string) => number;

/** Each slot has a reader with a connection of its own: not more of them than a server and a process bear without a second thought. */
export const MOST_SLOTS = 256;

/** What one command can read. */
export function bySlot(streams: readonly StreamStart[], slotOf: SlotOf): ReadonlyMap<number, readonly StreamStart[]> {
  const groups = new Map<number, StreamStart[]>();
  for (const each of streams) {
    const slot = slotOf(each.stream);
    const group = groups.get(slot);
    if (group === undefined) groups.set(slot, [each]);
    else group.push(each);
  }
  return groups;
}

export function checkSlots(streams: readonly StreamStart[], slotOf: SlotOf): void {
  const slots = bySlot(streams, slotOf).size;
  if (slots <= MOST_SLOTS) return;
  throw new StreamsError(
    'TOO_MANY_SLOTS',
    `These ${streams.length} streams are in ${slots} slots of the cluster, and each slot takes a connection of its own: ${MOST_SLOTS} at most. ` +
      'Give streams that are read together a common hashtag, such as orders:{eu}:1 and orders:{eu}:2, or share them out among processes.',
  );
}
