import type { LagFigures } from '../lag.js';
import type { Standing } from '../standing.js';
import { compareIds } from './position.js';

/*
 * How many entries a group has not got yet. Redis keeps a count of its own, but has none for a group that was made in the middle of a
 * stream, nor while an entry ahead of it is deleted; and for a group that entries were trimmed away from it is too high, because it
 * goes on to count them. So it is not believed, except in how it changes.
 */

/** Entries are counted one by one up to that many. */
export const COUNTED_AT_MOST = 10_000;

/** How many entries are ahead of a group, known at one look: the next goes on from there. */
export interface Known {
  readonly at: Standing;
  readonly unread: number;
  readonly is: 'exact' | 'at-least';
}

/** What is known without counting; undefined: somebody has to count the entries after `delivered`. */
export function known(at: Standing, before: Known | undefined): Known | undefined {
  return fromEnds(at) ?? (before && carriedOn(before, at));
}

/** What counting gave: fewer than it may count are all there are. */
export function counted(at: Standing, count: number): Known {
  return { at, unread: count, is: count < COUNTED_AT_MOST ? 'exact' : 'at-least' };
}

/** A lag as it is told. Where it was not counted to the end, Redis's own count is the better guess, within what is certain. */
export function lagOf({ at, unread, is }: Known): Pick<LagFigures, 'lag' | 'lagIs'> {
  if (is === 'exact' || at.reported === undefined) return { lag: unread, lagIs: is };
  return { lag: Math.max(unread, Math.min(at.reported, at.length)), lagIs: 'estimate' };
}

/** The first entry that the group has not got, where it is known without asking. */
export function firstUnread({ first, delivered }: Standing): string | undefined {
  return first !== undefined && compareIds(delivered, first) < 0 ? first : undefined;
}

/** Nothing, or everything, is ahead of the group. */
function fromEnds(at: Standing): Known | undefined {
  const { first, length, delivered, lastGenerated } = at;
  const exactly = (unread: number): Known => ({ at, unread, is: 'exact' });
  if (first === undefined || compareIds(delivered, lastGenerated) >= 0) return exactly(0);
  const toFirst = compareIds(delivered, first);
  if (toFirst > 0) return undefined;
  return exactly(toFirst < 0 ? length : length - 1);
}

/** From an earlier look on, as long as no entry left the stream that was ahead of the group. */
function carriedOn({ at: before, unread: had, is }: Known, at: Standing): Known | undefined {
  const change = changeOf(before, at);
  if (change === undefined) return undefined;
  const unread = had + change;
  if (unread < 0 || unread > at.length) return undefined; // somebody set counters by hand
  // "At least 3" of a lag that was 10,000 and more says little: then it is worth counting again.
  return is === 'at-least' && unread < COUNTED_AT_MOST / 2 ? undefined : { at, unread, is };
}

function changeOf(before: Standing, at: Standing): number | undefined {
  const added = at.added - before.added;
  const moved = compareIds(at.delivered, before.delivered);
  // Nobody has read, and all that was added is there.
  if (moved === 0 && added >= 0 && added === at.length - before.length) return added;
  if (moved < 0 || at.reported === undefined || before.reported === undefined) return undefined;
  return stayedAhead(before.delivered, at) ? at.reported - before.reported : undefined;
}

/** Whatever was deleted or trimmed lay behind that id, so Redis has counted every entry after it when it was delivered. */
function stayedAhead(delivered: string, { first, maxDeleted }: Standing): boolean {
  return first !== undefined && compareIds(first, delivered) <= 0 && compareIds(maxDeleted, delivered) < 0;
}
