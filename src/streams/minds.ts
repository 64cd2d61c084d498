import { room } from './credit.js';
import type { Window } from './events.js';
import type { State } from './state.js';

/**
 * Whether a window that has become this one may make the machine do anything. What is settled while a read is out, or above `refillAt`,
 * mostly does not: it only has to be known before the next event. Law: where it minds not, the `window` event changes the window and nothing else.
 */
export function minds(state: State, window: Window): boolean {
  if (window.failing || state.paused !== undefined) return true;
  switch (state.phase.tag) {
    case 'resting':
      return !waitsForMore(state, window);
    case 'closing':
      return true;
    default:
      return false;
  }
}

/** It rests only because too little of the window was settled, that is still so, and a timer will look again. */
function waitsForMore(state: State, window: Window): boolean {
  const { plan, quietSince, unjoined, added, vanished, clientId, takeover, alone, claims, loss } = state;
  if (plan.demand === 'pull' || quietSince === undefined || window.others !== undefined) return false;
  if (window.held <= plan.refillAt || room({ plan, window }) <= 0) return false;
  const isDue = unjoined.length + added.length + takeover.length + claims.length > 0 || vanished || loss?.due === true;
  return clientId !== undefined && alone.tag === 'nobody' && !isDue;
}
