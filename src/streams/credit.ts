import type { State } from './state.js';
import { whole } from './whole.js';

/** What the window says about reading. */
export type Credit =
  /** Read at most that many per stream. */
  | { readonly say: 'read'; readonly count: number }
  /** There is room, but more will come: read when nothing was settled for a while. */
  | { readonly say: 'quiet' }
  /** No room before something is settled, confirmed or asked for. */
  | { readonly say: 'full' };

/** ms without settling after which the room that there is gets used, however little. */
export const QUIET = 10;

/** Pull consumers have no window; that many acks without confirmation make the next request wait. */
const PULL_UNCONFIRMED = 1_000;

/**
 * Entries that the window can still take. Acks on their way do not take up room, so that the next read travels beside them, until
 * there are more than `bufferSize` of them; and both together never pass twice `bufferSize`, which bounds the pending list.
 */
export function room({ plan: { bufferSize }, window }: Pick<State, 'plan' | 'window'>): number {
  const { held, unconfirmed } = whole(window);
  if (unconfirmed > bufferSize) return 0;
  return Math.min(bufferSize - held - (window.others?.reserved ?? 0), 2 * bufferSize - held - unconfirmed);
}

/**
 * How many entries to ask for. `refillAt` may delay a refill and never prevent one: between `refillAt` and full the room is used
 * as soon as nothing was settled for {@link QUIET} ms. COUNT is per stream and 0 means unlimited, so the least is 1: with more
 * streams than room the window is passed by at most streams − 1. Readers that wait for room too get an equal share of it.
 */
export function credit(state: State, { streams, quiet }: { streams: number; quiet: boolean }): Credit {
  if (state.plan.demand === 'pull') {
    if (state.window.unconfirmed >= PULL_UNCONFIRMED) return { say: 'full' };
    return state.wanted ? { say: 'read', count: 1 + state.plan.bufferSize } : { say: 'full' };
  }
  const left = room(state);
  if (left <= 0) return { say: 'full' };
  if (whole(state.window).held > state.plan.refillAt && !quiet) return { say: 'quiet' };
  const readers = 1 + (state.window.others?.waiting ?? 0);
  return { say: 'read', count: Math.max(1, Math.floor(left / (streams * readers))) };
}
