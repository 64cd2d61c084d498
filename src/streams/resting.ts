import { owesAcks } from '../plan.js';
import { QUIET, type Credit } from './credit.js';
import { changed, type State } from './state.js';
import { first, type Step } from './step.js';
import { whole } from './whole.js';

/** Nothing to do before something happens. */
export function rest(state: State): Step {
  return [state.phase.tag === 'resting' ? state : changed(state, { phase: { tag: 'resting' } }), []];
}

/** No room: from now on somebody watches that it does not stay so. */
export function full(state: State): Step {
  if (state.plan.demand === 'pull' || !countsEntries(state) || state.stallSince !== undefined) return rest(state);
  const armed = changed(state, { stallSince: whole(state.window).settled });
  return first([{ do: 'timer', name: 'stall', ms: state.plan.stallAfter }], rest(armed));
}

/** Somebody has to settle what is emitted; elsewhere only a stage of ours can hold it. */
function countsEntries({ plan }: State): boolean {
  return owesAcks(plan) || plan.settle === 'manual';
}

export function withoutCredit(state: State, { say }: Credit): Step {
  if (say === 'full') return full(state);
  if (state.quietSince !== undefined) return rest(state);
  return first([{ do: 'timer', name: 'quiet', ms: QUIET }], rest(changed(state, { quietSince: whole(state.window).settled })));
}

/** Entries wait to be delivered again, as many as may: nothing fresh before some of them have come. */
export function tooManyWait(state: State, waiting: number): Step {
  if (state.paused !== undefined) return rest(state);
  const { unconfirmed } = state.window;
  return first(
    [{ do: 'notice', notice: { type: 'paused', why: 'redelivery', unconfirmed, waiting } }],
    rest(changed(state, { paused: 'redelivery' })),
  );
}

/** Nothing else may start: one entry runs alone, or waits for the window to be empty. */
export function aside(state: State): Step {
  return first([{ do: 'timer', name: 'alone', ms: state.plan.stallAfter }], rest(state));
}
