import type { Window } from './events.js';

/** Did anything of what the ledger counts come further? An ack that is tried again did not. */
export function moved(before: Window, now: Window): boolean {
  return now.settled !== before.settled || now.taken !== before.taken || now.unconfirmed !== before.unconfirmed;
}
