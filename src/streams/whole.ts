import type { Moment, Window } from './events.js';

/** The window of all readers together: what room and rest are judged by. What closing waits for is a reader's own. */
export function whole(window: Window): Pick<Window, 'held' | 'taken' | 'unconfirmed' | 'settled'> {
  const { others } = window;
  if (others === undefined) return window;
  return {
    held: window.held + others.held,
    taken: window.taken + others.taken,
    unconfirmed: window.unconfirmed + others.unconfirmed,
    settled: window.settled + others.settled,
  };
}

/** What the others have changes without an event, so it comes with every one. */
export function withOthers(window: Window, { others }: Moment): Window {
  return others === undefined ? window : { ...window, others };
}
