import { room } from './credit.js';
import type { Effect } from './effects.js';
import { resume } from './resume.js';
import { changed, type State } from './state.js';
import { first, type Step } from './step.js';
import { toComeAgain } from './waiting.js';

/** The ledger counted: tell when acks hold up reading, or no longer do, and go on if it was the window that we waited for. */
export function counted(state: State): Step {
  const { window, paused } = state;
  const stuck = window.failing && room(state) <= 0;
  if (stuck && paused === undefined) return first([told('acks', state)], resume(changed(state, { paused: 'acks' })));
  if (!isOver(state)) return resume(state);
  return first([{ do: 'notice', notice: { type: 'resumed' } }], resume(changed(state, { paused: undefined })));
}

function told(why: 'acks' | 'redelivery', state: State): Effect {
  const { unconfirmed } = state.window;
  return { do: 'notice', notice: { type: 'paused', why, unconfirmed, waiting: toComeAgain(state) } };
}

/** There was a pause, and its reason is gone. */
function isOver(state: State): boolean {
  if (state.paused === 'acks') return !state.window.failing;
  return state.paused === 'redelivery' && toComeAgain(state) < (state.plan.group?.redeliver?.maxWaiting ?? Infinity);
}
