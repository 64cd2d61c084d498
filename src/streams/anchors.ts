import type { Floors } from './effects.js';
import { lowest, type Track } from './position.js';
import type { State } from './state.js';

/**
 * Where each group is made again should it vanish: at what was read last. Unless something of ours is pending that we have not seen,
 * because it goes with the group and only fresh reads bring it again: behind the cursor in our backlog, and behind the place where a
 * reply got lost. Then what was read since comes once more with it; rather twice than never. What the server may have handed to a dead
 * predecessor is nothing we know of, and goes with the group as whatever other consumers held.
 */
export function anchorsOf({ tracks, loss }: Pick<State, 'tracks' | 'loss'>): Floors {
  const lost = new Map(loss?.certain ? loss.floors : []);
  const anchorOf = ({ stream, read, backlog }: Track): string =>
    [backlog, lost.get(stream)].filter((each) => each !== undefined).reduce(lowest, read);
  return tracks.map((track) => [track.stream, anchorOf(track)] as const);
}
