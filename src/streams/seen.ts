import type { Floors } from './effects.js';
import type { Batch } from './events.js';
import { compareIds, highest, type Track } from './position.js';

/**
 * What was found, or given back, is accounted for: it is no victim of the next lost reply, and a group that vanishes begins behind it. Nothing
 * is looked for below `floors` but in a stream that was made anew with smaller ids: they are where we stand now.
 */
export function seen(batches: readonly Batch[], floors: Floors = []) {
  const lastOf = new Map(batches.map(({ stream, entries }) => [stream, entries.at(-1)]));
  const floorOf = new Map(floors);
  return (track: Track): Track => {
    const last = lastOf.get(track.stream);
    if (last === undefined) return track;
    const isAnew = compareIds(last.id, floorOf.get(track.stream) ?? last.id) < 0;
    const backlog = track.backlog === undefined ? undefined : highest(track.backlog, last.id);
    return { ...track, read: isAnew ? last.id : highest(track.read, last.id), backlog };
  };
}
