import type { Effect } from './effects.js';
import { next } from './next.js';
import { readTracks } from './read-tracks.js';
import type { State } from './state.js';
import { first, type Step } from './step.js';

/** CLIENT UNBLOCK that came before the read had blocked is sent again after that many ms. */
export const UNBLOCK_AGAIN = 20;

/** Something has changed: what rests may go on. */
export function resume(state: State): Step {
  return state.phase.tag === 'resting' ? next(state) : [state, []];
}

/** Something is due now: a read that waits for fresh entries is ended for it. Anything else that is out comes back soon by itself. */
export function interrupt(state: State, effects: readonly Effect[] = []): Step {
  return first(effects, isBlocked(state) && isUrgent(state) ? [state, unblock(state)] : resume(state));
}

/** CLIENT UNBLOCK came too early, or was not to be had: the read is still out. */
export function again(state: State): Step {
  if (!isBlocked(state) || !isUrgent(state)) return [state, []];
  return [state, [{ do: 'timer', name: 'unblock', ms: UNBLOCK_AGAIN }]];
}

function unblock({ clientId }: State): Effect[] {
  return clientId === undefined ? [] : [{ do: 'unblock', clientId }];
}

export function isBlocked({ phase }: State): boolean {
  return phase.tag === 'reading' && phase.read.block !== undefined;
}

function isUrgent(state: State): boolean {
  const { claims, takeover, added, recall } = state;
  return claims.length > 0 || takeover.length > 0 || added.length > 0 || recall?.read === true || isOutdated(state);
}

/** The read that waits is of other streams than those that are read by now. */
function isOutdated(state: State): boolean {
  if (state.phase.tag !== 'reading') return false;
  const named = new Set(state.phase.read.from.map(([stream]) => stream));
  const wanted = readTracks(state);
  return named.size !== wanted.length || wanted.some(({ stream }) => !named.has(stream));
}
