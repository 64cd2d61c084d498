import type { Left, Takeover } from './effects.js';

/** What is left to fetch once these were asked for: those that did not come are somebody else's by now. */
export function remaining(takeover: readonly Takeover[], asked: Takeover): readonly Takeover[] {
  const done = new Set(asked.entries.map(({ id }) => id));
  return takeover
    .map((each) => (each.stream === asked.stream ? { ...each, entries: each.entries.filter(({ id }) => !done.has(id)) } : each))
    .filter(({ entries }) => entries.length > 0);
}

/** As the next subscription has to know it: nobody has fetched them. */
export function leftOf(takeover: readonly Takeover[]): readonly Left[] {
  return takeover.map(({ stream, entries }) => ({ stream, ids: entries.map(({ id }) => id) }));
}
