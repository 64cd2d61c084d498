import { owesAcks } from '../plan.js';
import type { Effect } from './effects.js';
import type { Batch } from './events.js';
import type { State } from './state.js';

/** Takes out what is pending and no longer in the stream (trimmed or deleted): told, and acked away, since nobody can work on it. */
export function withoutGone({ plan }: State, batch: Batch): { readonly here: Batch; readonly effects: readonly Effect[] } {
  const { stream, entries } = batch;
  if (!owesAcks(plan) || !entries.some(({ pairs }) => pairs === null)) return { here: batch, effects: [] };
  const ids = entries.filter(({ pairs }) => pairs === null).map(({ id }) => id);
  const effects: Effect[] = [
    { do: 'notice', notice: { type: 'gone', stream, ids } },
    { do: 'ack-away', stream, ids },
  ];
  return { here: { stream, entries: entries.filter((entry) => entry.pairs !== null) }, effects };
}
