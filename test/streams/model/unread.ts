import { compareIds } from '../../../src/streams/position.js';
import type { Walk } from './walk.js';

export interface Unread {
  readonly stream: string;
  readonly id: string;
}

/** Without a group: what is in the streams that this subscription reads, was not there before it, and has not been emitted. */
export function unread({ plan, server, state, skipped, emittedNow }: Walk): Unread[] {
  if (plan.group !== undefined) return [];
  return state.tracks.flatMap(({ stream }) =>
    (server.streams.get(stream)?.ids ?? [])
      .filter((id) => !skipped.has(`${stream} ${id}`) && !emittedNow.has(`${stream} ${id}`))
      .map((id) => ({ stream, id })),
  );
}

/** Of these what is behind the cursor, where no read finds it. */
export function behind(walk: Walk): Unread[] {
  const read = new Map(walk.state.tracks.map((track) => [track.stream, track.read]));
  return unread(walk).filter(({ stream, id }) => compareIds(id, read.get(stream) ?? id) <= 0);
}
