import type { Effect } from './effects.js';
import { next } from './next.js';
import { changed, type State } from './state.js';
import type { Step } from './step.js';

/** Goes on; where entries were put away, their acks count, so the window is counted first. */
export function afterAdmission(state: State, dead: readonly Effect[]): Step {
  const resting: State = changed(state, { phase: { tag: 'resting' } });
  return dead.length === 0 ? next(resting) : [resting, [...dead, { do: 'count' }]];
}
