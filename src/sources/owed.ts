import type { Ledger } from '../acks/book.js';
import { batchesIn } from '../acks/post.js';
import type { WorkOff } from '../acks/work-off.js';
import type { Effect, Left, Owed } from '../streams/effects.js';
import { compareIds } from '../streams/position.js';

/** What the next subscription takes over: all that is neither nacked for good nor known to be acked, in the order of the stream. */
export function owedAtClose({ takeover, ...rest }: Owed, { books }: Pick<Ledger, 'books'>): Owed {
  const ids = new Map<string, Set<string>>();
  // There may be several of one stream: left by an earlier subscription, claimed, due again.
  for (const each of takeover) ids.set(each.stream, new Set([...(ids.get(each.stream) ?? []), ...each.ids]));
  for (const { stream, open, left, waiting, settled, air, dead, deadAir, forwards } of books.values()) {
    const all = ids.get(stream) ?? new Set<string>();
    for (const { id } of open.all()) all.add(id);
    for (const id of left) all.add(id);
    // Acked at the last moment: where the ack arrives, there is nothing left to take over.
    for (const id of waiting.keys()) all.add(id);
    for (const batch of [settled, air, dead, deadAir, ...batchesIn(forwards)]) for (const id of batch?.ids ?? []) all.add(id);
    if (all.size > 0) ids.set(stream, all);
  }
  return {
    ...rest,
    takeover: [...ids].map(([stream, all]): Left => ({ stream, ids: [...all].sort(compareIds) })),
  };
}

/** The same of one stream that is read no more; nothing is known of it from now on. */
export function owedAtLeaving(
  { stream, owed }: Effect & { do: 'left' },
  workOff: Pick<WorkOff, 'forget'>,
): Pick<Effect & { do: 'left' }, 'stream' | 'owed'> {
  const book = workOff.forget(stream);
  return { stream, owed: owedAtClose(owed, { books: new Map(book && [[stream, book]]) }) };
}
