import { compareIds, type StreamId } from './ids.js';
import type { Node } from './nodes.js';
import type { Stream } from './stream.js';

export interface Trim {
  readonly by: { readonly length: number } | { readonly minId: StreamId };
  /** `~`: whole nodes only. */
  readonly approximate: boolean;
  /** At most that many entries; 0 is no limit. */
  readonly limit: number;
}

/** Removes entries at the front; how many. */
export function trim(stream: Stream, { by, approximate, limit }: Trim): number {
  /** Whole nodes that go at once: one splice, however many there are. */
  let whole = 0;
  let removed = 0;
  for (const node of stream.nodes) {
    const count = node.entries.length;
    if ('length' in by && stream.length <= by.length) break;
    if (limit > 0 && removed + count > limit) break;
    const all = 'length' in by ? stream.length - count >= by.length : compareIds(node.lastId, by.minId) < 0;
    if (all) {
      whole++;
    } else if (approximate) {
      break;
    }
    const gone = all ? count : trimNode(node, 'length' in by ? stream.length - by.length : by.minId);
    stream.length -= gone;
    removed += gone;
    if (!all) break;
  }
  stream.nodes.splice(0, whole);
  if (removed > 0 || stream.length === 0) stream.findFirst();
  return removed;
}

/** Some of a node's entries: that many, or those below an id. */
function trimNode(node: Node, limit: number | StreamId): number {
  const place = typeof limit === 'number' ? limit : node.entries.findIndex(({ id }) => compareIds(id, limit) >= 0);
  return node.entries.splice(0, place < 0 ? node.entries.length : place).length;
}
