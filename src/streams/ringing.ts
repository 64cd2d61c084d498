import { together } from './alone.js';
import { claimRound } from './claim-round.js';
import { credit } from './credit.js';
import type { Moment, TimerName } from './events.js';
import { hung } from './failing.js';
import { next } from './next.js';
import { interrupt, resume } from './resume.js';
import { changed, type State } from './state.js';
import { first, type Step } from './step.js';
import { becameDue, toComeAgain } from './waiting.js';
import { whole } from './whole.js';

/** A timer rang. Those of closing are none of ours. */
export function rang(state: State, name: TimerName, moment: Moment): Step {
  switch (name) {
    case 'backoff':
      return state.phase.tag === 'waiting' ? next(state) : [state, []];
    case 'quiet': {
      const quiet = state.quietSince === whole(state.window).settled;
      const disarmed: State = changed(state, { quietSince: undefined });
      return state.phase.tag === 'resting' ? next(disarmed, { quiet }) : [disarmed, []];
    }
    case 'stall':
      return stalled(state);
    case 'recheck': {
      const due: State = changed(state, { loss: state.loss && { ...state.loss, due: true } });
      return resume(due);
    }
    case 'watchdog':
      return hung(state, moment);
    case 'claim':
      return interrupt(claimRound(state));
    case 'redeliver': {
      const [due, effects] = becameDue(state, moment);
      return interrupt(due, effects);
    }
    case 'alone':
      return notAlone(state);
    case 'unblock':
      return interrupt(state);
    case 'grace':
    case 'drain':
      return [state, []];
  }
}

/** The window was full when the timer was set. Is it still, with nothing settled since and nobody at work? */
function stalled(state: State): Step {
  const { plan } = state;
  const window = whole(state.window);
  const disarmed: State = changed(state, { stallSince: undefined });
  const full = credit(state, { streams: 1, quiet: true }).say === 'full';
  if (!full || state.phase.tag !== 'resting') return [disarmed, []];
  const stuck = window.settled === state.stallSince && window.taken === 0 && window.held >= plan.bufferSize;
  return first(stuck ? [{ do: 'stalled', since: plan.stallAfter }] : [], next(disarmed));
}

/** The entry that runs alone, or those before it, are not settled yet: while a stage is at work it is waited for. */
function notAlone(state: State): Step {
  if (state.alone.tag === 'nobody' || whole(state.window).taken > 0 || toComeAgain(state) > 0) return resume(state);
  const [joined, told] = together(state);
  return first(told, resume(joined));
}
