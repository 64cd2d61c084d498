import type { Track } from './position.js';
import type { State } from './state.js';

/** The streams that are read: those that are leaving are not. */
export function readTracks({ tracks, leaving }: State): readonly Track[] {
  if (leaving.length === 0) return tracks;
  const names = new Set(leaving.map(({ stream }) => stream));
  return tracks.filter(({ stream }) => !names.has(stream));
}
