import type { Batch } from './events.js';
import { highest, type Track } from './position.js';

/** What was found, or given back, is accounted for: it is no victim of the next lost reply, and a group that vanishes begins behind it. */
export function seen(batches: readonly Batch[]) {
  const lastOf = new Map(batches.map(({ stream, entries }) => [stream, entries.at(-1)]));
  return (track: Track): Track => {
    const last = lastOf.get(track.stream);
    if (last === undefined) return track;
    const backlog = track.backlog === undefined ? undefined : highest(track.backlog, last.id);
    return { ...track, read: highest(track.read, last.id), backlog };
  };
}
