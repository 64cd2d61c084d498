/** A place in the order of emission: the entry's id, and how many were emitted up to it. */
export interface Place {
  readonly id: string;
  readonly n: number;
}

/** An entry that is not settled, between its neighbours of that kind. */
interface Unsettled {
  readonly id: string;
  /** The entry emitted right before it, whatever became of that: where the position stands once everything below is settled. */
  readonly below: Place;
  before: Unsettled | undefined;
  after: Unsettled | undefined;
}

/**
 * How far one stream is settled without a gap, while entries are settled in any order. Plain data. Only what is *not* settled is
 * remembered, so one slow entry costs the same however many are settled above it. Every step is O(1).
 *
 * Laws: the position is the highest place with nothing unsettled up to it; it never moves back; and as many entries are remembered as
 * are open, and one more.
 */
export interface Tracker {
  readonly open: Map<string, Unsettled>;
  first: Unsettled | undefined;
  last: Unsettled | undefined;
  /** The last entry that was emitted. */
  top: Place;
  /** The lowest entry that nobody will settle any more: the position never passes it, so nothing above it is remembered. */
  held: string | undefined;
}

/** Everything up to `from` counts as settled. */
export function newTracker(from: string): Tracker {
  return { open: new Map(), first: undefined, last: undefined, top: { id: from, n: 0 }, held: undefined };
}

/** The next entry of the stream is handed on. */
export function emit(tracker: Tracker, id: string): void {
  const below = tracker.top;
  tracker.top = { id, n: below.n + 1 };
  if (tracker.held !== undefined) return;
  const entry: Unsettled = { id, below, before: tracker.last, after: undefined };
  if (tracker.last === undefined) tracker.first = entry;
  else tracker.last.after = entry;
  tracker.last = entry;
  tracker.open.set(id, entry);
}

/** It is done. */
export function settle(tracker: Tracker, id: string): void {
  const entry = tracker.open.get(id);
  if (entry === undefined || id === tracker.held) return;
  tracker.open.delete(id);
  if (entry.before === undefined) tracker.first = entry.after;
  else entry.before.after = entry.after;
  if (entry.after === undefined) tracker.last = entry.before;
  else entry.after.before = entry.before;
}

/** It will not be settled: whether it is now this entry that the position cannot pass, and not a lower one. */
export function hold(tracker: Tracker, id: string): boolean {
  const entry = tracker.open.get(id);
  if (entry === undefined || id === tracker.held) return false;
  for (let above = entry.after; above !== undefined; above = above.after) tracker.open.delete(above.id);
  entry.after = undefined;
  tracker.last = entry;
  tracker.held = id;
  return true;
}

/** Everything up to here is settled. */
export function position({ first, top }: Tracker): Place {
  return first === undefined ? top : first.below;
}
