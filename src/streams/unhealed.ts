import type { State } from './state.js';

/** Streams whose group is not known to stand with all that was ours in it. */
export function unhealedOf({ vanished, tracks, unhealed }: State): readonly string[] {
  return vanished ? [...new Set([...unhealed, ...tracks.map(({ stream }) => stream)])] : unhealed;
}

/** Hardly ever there are any: then nothing is said of them. */
export function ifAny(streams: readonly string[]): readonly string[] | undefined {
  return streams.length > 0 ? streams : undefined;
}
