import type { Effect } from './effects.js';
import type { State } from './state.js';

/** The answer of a machine: the state to store, then the effects to perform, in order. */
export type Step = readonly [State, readonly Effect[]];

/** The same step with more to do before what it already does. */
export function first(effects: readonly Effect[], [state, then]: Step): Step {
  return effects.length === 0 ? [state, then] : [state, [...effects, ...then]];
}
