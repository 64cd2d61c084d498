import type { Batch } from './events.js';
import type { Track } from './position.js';

/**
 * A read names that many streams at least, where there are as many. Fewer would make the round of many streams long, while the window is
 * small; so much it may pass its bound by.
 */
export const SLICE = 64;

/**
 * Entries of one stream that are worth a command: their ack is one, however few they are. Where the room has not so many for each stream that has
 * them, a read names fewer streams.
 */
export const WORTH = 32;

/**
 * How the reads of fresh entries go round the streams. COUNT is the same for every stream of a read and 1 at least, so one read of all
 * streams would bring more than the window has room for where they are many, and next to nothing of the only busy one among them.
 */
export interface Round {
  /** Streams whose last reply was full: more of them is there to be read. The longest ago read first. */
  readonly busy: ReadonlySet<string>;
  /** Whose turn it is: theirs, where there are some, or that of all streams. They take turns, so nobody waits for the busy ones. */
  readonly turn: 'busy' | 'all';
  /** Streams that this round has still to look at. With 0, and nobody busy, all were seen to their end. */
  readonly left: number;
  /** Where it goes on, among the tracks. */
  readonly at: number;
}

/** Every stream is to be looked at. */
export const NEW_ROUND: Round = { busy: new Set(), turn: 'all', left: Infinity, at: 0 };

/** Which streams a read is of. `all`: every one, so it may wait. `passes`: of so many, in their order, those that are not busy. */
export type Part = 'all' | 'busy' | { readonly passes: number };

/** What is read next, with room for so many entries. */
export function nextPart(
  round: Round,
  tracks: readonly Track[],
  room: number,
): { readonly part: Part; readonly of: readonly Track[] } {
  const { busy, turn } = round;
  const few = Math.max(SLICE, Math.floor(room / WORTH));
  const areMany = tracks.length > few;
  // All at once are fewer commands than the busy ones and then the others, where there is room for it.
  const allBusy = busy.size === tracks.length;
  if (allBusy ? areMany : turn === 'busy' && busy.size > 0) return { part: 'busy', of: busyOf(busy, tracks, few) };
  if (!areMany || isThrough(round)) return { part: 'all', of: tracks };
  return othersOf(round, tracks, Math.max(SLICE, room));
}

function busyOf(busy: ReadonlySet<string>, tracks: readonly Track[], most: number): readonly Track[] {
  const names = busy.size <= most ? busy : new Set([...busy].slice(0, most));
  return tracks.filter(({ stream }) => names.has(stream));
}

/** Most of them have nothing, so there is room for more. */
function othersOf({ busy, at }: Round, tracks: readonly Track[], most: number): ReturnType<typeof nextPart> {
  const of: Track[] = [];
  let passes = 0;
  for (; passes < tracks.length && of.length < most; passes++) {
    const track = tracks[(at + passes) % tracks.length];
    if (track !== undefined && !busy.has(track.stream)) of.push(track);
  }
  return { part: { passes }, of };
}

/** A read came back: of which part, of which streams, and how many entries it asked for of each. */
export interface Came {
  readonly part: Part;
  readonly from: readonly (readonly [stream: string, id: string])[];
  readonly count: number;
  readonly replies: readonly Batch[];
}

export function wentOn(round: Round, { part, from, count, replies }: Came, streams: number): Round {
  // Of a quiet stream every reply is like that.
  if (part === 'all' && isThrough(round) && round.turn === 'busy' && replies.every(({ entries }) => entries.length < count))
    return round;
  const full = replies.filter(({ entries }) => entries.length >= count).map(({ stream }) => stream);
  const busy = new Set(round.busy);
  for (const [stream] of from) busy.delete(stream);
  for (const stream of full) busy.add(stream);
  switch (part) {
    case 'all':
      return { busy, turn: 'busy', left: 0, at: round.at };
    case 'busy':
      // Who stays busy keeps the others from being waited for: they are looked at in a round of their own.
      return { busy, turn: 'all', left: round.left === 0 && busy.size > 0 ? streams : round.left, at: round.at };
    default: {
      const { passes } = part;
      return { busy, turn: 'busy', left: Math.max(0, Math.min(round.left, streams) - passes), at: (round.at + passes) % streams };
    }
  }
}

/** Every stream was seen to its end: the next read may wait. */
export function isThrough({ busy, left }: Round): boolean {
  return left === 0 && busy.size === 0;
}
