import { owesAcks } from '../plan.js';
import type { Effect } from './effects.js';
import type { Joined, Moment } from './events.js';
import { suspect } from './lost.js';
import { changed, type State } from './state.js';
import type { Step } from './step.js';

/**
 * Whoever read under this name before may have died without a word to the server (power, network): it goes on to hold the dead one's
 * block, and hands it entries that are not in our backlog, which is read by then. So they are looked for once that block, as long as
 * ours, has run out. Only who asks for the backlog of its name answers for who had it before, and a drained source waits for nothing.
 */
export function watchDeadBlock(state: State, at: readonly Joined[], { now }: Moment): Step {
  const { group, until, timeout } = state.plan;
  if (group?.startFromBacklog !== true || !owesAcks(state.plan) || until === 'drained') return [state, []];
  const floors = at.map(({ stream, from }) => [stream, from] as const);
  const loss = suspect(state.loss, floors, { block: timeout, now });
  const watch: Effect[] = state.loss === undefined ? [{ do: 'watch-nacks', on: true }] : [];
  return [changed(state, { loss }), loss.due ? watch : [...watch, { do: 'timer', name: 'recheck', ms: loss.until - now }]];
}
