import { mostDeliveries } from '../plan.js';
import type { Origin } from '../entry.js';
import { queued } from './alone.js';
import type { Effect, Takeover } from './effects.js';
import type { Batch, Rows } from './events.js';
import { changed, type State } from './state.js';
import type { Step } from './step.js';

/**
 * Pending entries of ours whose deliveries are known before the next one: most are fetched, those with one delivery left run alone,
 * and those without any are not run again.
 */
export function admit(state: State, { stream, rows }: Rows, origin: Origin): Step {
  const most = mostDeliveries(state.plan);
  const due = rows.map(({ id, count }) => ({ id, count: count + 1 }));
  const entries = due.filter(({ count }) => count < most);
  const last = due.filter(({ count }) => count === most).map((each): Takeover => ({ stream, origin, entries: [each] }));
  const takeover = entries.length === 0 ? state.takeover : [...state.takeover, { stream, origin, entries }];
  const spent = due.filter(({ count }) => count > most).map(({ id }) => id);
  return [
    changed(state, { takeover, alone: queued(state.alone, last) }),
    spent.length === 0 ? [] : [{ do: 'dead-letter', stream, ids: spent }],
  ];
}

/** Takes out what has been delivered too often by the time it is here. */
export function withoutSpent({ plan }: State, batch: Batch): { readonly here: Batch; readonly effects: readonly Effect[] } {
  const most = mostDeliveries(plan);
  const { stream, entries } = batch;
  const spent = most === Infinity ? [] : entries.filter(({ attempt = 1 }) => attempt > most);
  if (spent.length === 0) return { here: batch, effects: [] };
  const here = entries.filter(({ attempt = 1 }) => attempt <= most);
  return { here: { stream, entries: here }, effects: [{ do: 'dead-letter', stream, ids: spent.map(({ id }) => id) }] };
}
