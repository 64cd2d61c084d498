import type { Ledger } from '../acks/ledger.js';
import type { Owed, Takeover } from '../streams/effects.js';
import { compareIds } from '../streams/position.js';

/** What the next subscription takes over: all that is neither nacked nor known to be acked, in the order of the stream. */
export function owedAtClose({ anchors, floors, wait, takeover }: Owed, ledger: Ledger): Owed {
  const ids = new Map(takeover.map((each) => [each.stream, new Set(each.ids)]));
  for (const { stream, open, left, settled, air } of ledger.books.values()) {
    const all = ids.get(stream) ?? new Set<string>();
    for (const id of open.keys()) all.add(id);
    for (const id of left) all.add(id);
    // Acked at the last moment: where the ack arrives, there is nothing left to take over.
    for (const id of [...settled.ids, ...(air?.ids ?? [])]) all.add(id);
    if (all.size > 0) ids.set(stream, all);
  }
  return {
    anchors,
    floors,
    wait,
    takeover: [...ids].map(([stream, all]): Takeover => ({ stream, ids: [...all].sort(compareIds) })),
  };
}
