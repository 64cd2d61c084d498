import { piece, placeOf } from '../text.js';

/** Before every entry. */
export const ZERO = '0-0';

/** Orders two ids. They are two 64-bit numbers, so text of equal length is compared as text, and longer is larger. */
export function compareIds(a: string, b: string): number {
  if (a === b) return 0;
  const dashA = placeOf(a, '-');
  if (a.length === b.length && b[dashA] === '-') return a < b ? -1 : 1;
  const dashB = placeOf(b, '-');
  if (dashA !== dashB) return dashA - dashB;
  const msA = piece(a, 0, dashA);
  const msB = piece(b, 0, dashB);
  if (msA !== msB) return msA < msB ? -1 : 1;
  return a.length - b.length;
}

export function highest(a: string, b: string): string {
  return compareIds(a, b) >= 0 ? a : b;
}

export function lowest(a: string, b: string): string {
  return compareIds(a, b) <= 0 ? a : b;
}

/** Where one stream stands, as this subscription knows it. */
export interface Track {
  readonly stream: string;
  /** What the options say about where to begin. */
  readonly start: string | undefined;
  /** Group: last-delivered-id at the join. What is pending at or before it is an older backlog, which nobody may have asked for. */
  readonly floor: string;
  /** The highest id read. Standalone: the cursor. Group: the anchor when the group vanishes, and the floor of what a lost reply held. */
  readonly read: string;
  /** Standalone: the highest id the stream is known to have had. A start that was asked for may lie beyond it. */
  readonly end: string;
  /** The cursor in our own backlog; undefined when that is done or not wanted. */
  readonly backlog: string | undefined;
  readonly backlogCount: number;
}

export function joinTrack(
  start: { stream: string; start: string | undefined },
  at: string,
  { backlog }: { backlog: boolean },
): Track {
  const asked = start.start !== undefined && start.start !== '$';
  return {
    stream: start.stream,
    start: start.start,
    floor: at,
    read: at,
    end: asked ? ZERO : at,
    backlog: backlog ? ZERO : undefined,
    backlogCount: 0,
  };
}

/** Field by field: V8 makes a shape of its own for what a spread copies, and there may be a thousand tracks in each reply. */
export function standing(
  { stream, start, floor, backlog, backlogCount }: Track,
  { read, end }: Pick<Track, 'read' | 'end'>,
): Track {
  return { stream, start, floor, read, end, backlog, backlogCount };
}

/**
 * Where a reader without a group stands once the stream is seen to end at `last` (undefined: there is no such key). Ids only grow, so
 * an end below an earlier one is that of a stream made anew: all of it is new to us, and XREAD behind our cursor would never find it.
 * A start that was asked for and not reached yet stays.
 */
export function endsAt(track: Track, last = ZERO): Track {
  if (compareIds(last, track.end) >= 0) return { ...track, end: last };
  return { ...track, end: last, read: compareIds(track.read, track.end) > 0 ? track.read : ZERO };
}

/**
 * Where a group that vanished is made again: at the highest id this subscription read, so that nothing is skipped and little is
 * read twice; at the beginning when the key went with it, which shows in ids that begin anew.
 */
export function healAt({ read, lastGenerated }: { read: string; lastGenerated: string | undefined }): string {
  return lastGenerated === undefined || compareIds(lastGenerated, read) < 0 ? ZERO : read;
}
