import type { Position } from '../checkpoint.js';
import type { Batch } from './batch.js';
import { newTracker, position, type Place, type Tracker } from './tracker.js';

/** One stream's position on its way: settled → in the air → saved. */
export interface Line {
  readonly stream: string;
  readonly tracker: Tracker;
  /** Entries that had ever been added up to where we began, where that is known. */
  readonly added: number | undefined;
  /** The `n` of the place that is saved. */
  saved: number;
  air: Place | undefined;
  /** The stream was made anew: what is stored of it lies behind its end, and the next write moves it back. */
  rewinds: boolean;
}

/** The positions of all streams of one checkpoint. One write is in the air; what is settled meanwhile travels in the next. Plain data. */
export interface Journal {
  readonly lines: Map<string, Line>;
  air: Batch | undefined;
  next: Batch;
  /** The store has lost what was saved: the next write has the positions of all streams. */
  whole: boolean;
}

export function emptyJournal(): Journal {
  return { lines: new Map(), air: undefined, next: { listeners: [] }, whole: false };
}

/** A stream is read from here on; that much is saved. */
export function begin(journal: Journal, stream: string, { id, added }: Position): void {
  journal.lines.set(stream, { stream, tracker: newTracker(id), added, saved: 0, air: undefined, rewinds: false });
}

/** The stream was made anew, and is read from its beginning: how many entries of the old one are no longer unconfirmed. */
export function restart(journal: Journal, { stream, tracker, saved }: Line): number {
  journal.lines.set(stream, { stream, tracker: newTracker('0-0'), added: undefined, saved: 0, air: undefined, rewinds: true });
  return position(tracker).n - saved;
}

/** Settled → in the air. Law: only when nothing is in the air, and then everything that may be saved travels. */
export function take(journal: Journal): ReadonlyMap<string, Position> | undefined {
  if (journal.air !== undefined) return undefined;
  const positions = new Map<string, Position>();
  for (const line of journal.lines.values()) {
    const place = position(line.tracker);
    if (place.n === line.saved && !line.rewinds && !journal.whole) continue;
    line.air = place;
    positions.set(line.stream, { id: place.id, added: line.added === undefined ? undefined : line.added + place.n });
  }
  if (positions.size === 0) return undefined;
  journal.air = journal.next;
  journal.next = { listeners: [] };
  return positions;
}

/** In the air → settled: the write may not have arrived. Law: `restore` after `take` changes nothing but who waits for what. */
export function restore(journal: Journal): void {
  const { air, next } = journal;
  if (air === undefined) return;
  journal.next = { listeners: [...air.listeners, ...next.listeners] };
  journal.air = undefined;
  for (const line of journal.lines.values()) line.air = undefined;
}

/** What a write that is over leaves. */
export interface Landed {
  readonly batch: Batch;
  /** Entries that are no longer unconfirmed. */
  readonly entries: number;
}

/** In the air → saved (or given up). */
export function land(journal: Journal): Landed | undefined {
  const { air } = journal;
  if (air === undefined) return undefined;
  let entries = 0;
  for (const line of journal.lines.values()) {
    if (line.air === undefined) continue;
    entries += line.air.n - line.saved;
    line.saved = line.air.n;
    line.air = undefined;
    line.rewinds = false;
  }
  journal.air = undefined;
  journal.whole = false;
  return { batch: air, entries };
}

/** The write that takes along all that this stream may save by now; undefined when that is saved. */
export function carrying({ air, next }: Journal, line: Line): Batch | undefined {
  const { n } = position(line.tracker);
  if (n !== (line.air?.n ?? line.saved) || (line.rewinds && line.air === undefined)) return next;
  return line.air === undefined ? undefined : air;
}
