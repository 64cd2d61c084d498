import type { Effect, Floors } from './effects.js';
import type { Track } from './position.js';

/** One page of our backlog, of every stream that still has one. */
export interface Page {
  readonly from: Floors;
  /** How many were asked for per stream. */
  readonly count: number;
  /** What came, by stream, in order. */
  readonly ids: ReadonlyMap<string, readonly string[]>;
}

/** A page shorter than asked for ends the backlog of its stream; none goes live before all are empty. */
export function turnPage(
  tracks: readonly Track[],
  { from, count, ids }: Page,
): { readonly tracks: readonly Track[]; readonly done: readonly Effect[] } {
  const done: Effect[] = [];
  const asked = new Set(from.map(([stream]) => stream));
  const turned = tracks.map((track) => {
    if (!asked.has(track.stream)) return track;
    const came = ids.get(track.stream) ?? [];
    const backlogCount = track.backlogCount + came.length;
    if (came.length >= count) return { ...track, backlog: came.at(-1), backlogCount };
    done.push({ do: 'notice', notice: { type: 'backlog-done', stream: track.stream, count: backlogCount } });
    return { ...track, backlog: undefined, backlogCount };
  });
  return { tracks: turned, done };
}
