import type { Group } from './groups.js';
import { compareIds, isZero, type StreamId } from './ids.js';
import type { Stream } from './stream.js';

/** `entries-read` when nobody knows. */
export const UNKNOWN = -1;

/** The group reads up to that entry; it must be beyond what it read before. */
export function advance(stream: Stream, group: Group, id: StreamId): void {
  if (group.entriesRead !== UNKNOWN && !stream.hasGapsAfter(id)) group.entriesRead++;
  else if (stream.entriesAdded > 0) group.entriesRead = positionOf(stream, id);
  group.lastId = id;
}

/** How many entries the group has still to read; null when nobody knows. */
export function lag(stream: Stream, group: Group): number | null {
  if (stream.entriesAdded === 0) return 0;
  if (group.entriesRead !== UNKNOWN && !stream.hasGapsAfter(group.lastId)) return stream.entriesAdded - group.entriesRead;
  const position = positionOf(stream, group.lastId);
  return position === UNKNOWN ? null : stream.entriesAdded - position;
}

/** How many entries had been added up to that id, where that can be told from both ends of the stream. */
function positionOf(stream: Stream, id: StreamId): number {
  const { entriesAdded, length } = stream;
  if (entriesAdded === 0) return 0;
  const toLast = compareIds(id, stream.lastId);
  if (length === 0 && toLast <= 0) return entriesAdded;
  if (toLast === 0) return entriesAdded;
  if (toLast > 0) return UNKNOWN;
  if (isZero(stream.maxDeletedId) || compareIds(stream.maxDeletedId, stream.firstId) < 0) {
    const toFirst = compareIds(id, stream.firstId);
    if (toFirst < 0) return entriesAdded - length;
    if (toFirst === 0) return entriesAdded - length + 1;
  }
  return UNKNOWN;
}
