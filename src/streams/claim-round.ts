import type { Plan } from '../plan.js';
import type { Effect } from './effects.js';
import { ZERO } from './position.js';
import { readTracks } from './read-tracks.js';
import { changed, type State } from './state.js';

/** A round begins: every stream is looked through from the beginning of its pending list. */
export function claimRound(state: State): State {
  if (state.plan.group?.claim === undefined) return state;
  return changed(state, { claims: readTracks(state).map(({ stream }) => [stream, ZERO] as const) });
}

/** A round is over. The next begins `every` ms later; a drained source has but one. */
export function nextRound({ group, until }: Plan): readonly Effect[] {
  const every = until === 'drained' ? undefined : group?.claim?.every;
  return every === undefined ? [] : [{ do: 'timer', name: 'claim', ms: every }];
}
