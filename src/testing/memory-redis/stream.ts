import type { Group } from './groups.js';
import { compareIds, isZero, MAX_ID, MIN_ID, sameId, type StreamId } from './ids.js';
import { append, isFull, newNode, nodeOf, type Entry, type Node } from './nodes.js';
import { placeIn } from './sorted.js';

/** A stream as Redis keeps it: entries in nodes, the counters that `XINFO` shows, and its groups. */
export class Stream {
  readonly nodes: Node[] = [];
  readonly groups = new Map<string, Group>();
  length = 0;
  /** Of the last entry ever added, or what XSETID says: ids never go back. */
  lastId: StreamId = MIN_ID;
  /** Of the first entry there is; 0-0 without one. */
  firstId: StreamId = MIN_ID;
  maxDeletedId: StreamId = MIN_ID;
  entriesAdded = 0;

  get first(): Entry | undefined {
    return this.nodes.find(hasEntries)?.entries[0];
  }

  get last(): Entry | undefined {
    return this.nodes.findLast(hasEntries)?.entries.at(-1);
  }

  get(id: StreamId): Entry | undefined {
    const entries = this.nodes[nodeOf(this.nodes, id)]?.entries ?? [];
    const found = entries[placeIn(entries, id)];
    return found && sameId(found.id, id) ? found : undefined;
  }

  /** The id must be above `lastId`. */
  add(entry: Entry): void {
    const node = this.nodes.at(-1);
    if (node && !isFull(node, entry)) append(node, entry);
    else this.nodes.push(newNode(entry));
    this.length++;
    this.entriesAdded++;
    this.lastId = entry.id;
    if (this.length === 1) this.firstId = entry.id;
  }

  /** Whether there was such an entry. */
  delete(id: StreamId): boolean {
    const index = nodeOf(this.nodes, id);
    const node = this.nodes[index];
    if (!node) return false;
    const place = placeIn(node.entries, id);
    const found = node.entries[place];
    if (!found || !sameId(found.id, id)) return false;
    node.entries.splice(place, 1);
    if (node.entries.length === 0) this.nodes.splice(index, 1);
    this.length--;
    if (compareIds(id, this.maxDeletedId) > 0) this.maxDeletedId = id;
    if (sameId(id, this.firstId) || this.length === 0) this.findFirst();
    return true;
  }

  /** To be called when entries at the front are gone. */
  findFirst(): void {
    this.firstId = this.first?.id ?? MIN_ID;
  }

  /** Whether an entry in the middle, at or after `id`, may be missing: then nothing can be told by counting. */
  hasGapsAfter(id: StreamId): boolean {
    if (this.length === 0 || isZero(this.maxDeletedId)) return false;
    return compareIds(this.firstId, this.maxDeletedId) <= 0 && compareIds(id, this.maxDeletedId) <= 0;
  }

  *range({ start = MIN_ID, end = MAX_ID }: Range): Generator<Entry, undefined> {
    const from = Math.max(0, nodeOf(this.nodes, start));
    for (let index = from; index < this.nodes.length; index++) {
      const { entries } = this.nodes[index] as Node;
      for (let place = index === from ? placeIn(entries, start) : 0; place < entries.length; place++) {
        const entry = entries[place] as Entry;
        if (compareIds(entry.id, end) > 0) return undefined;
        yield entry;
      }
    }
    return undefined;
  }

  *backwards({ start = MIN_ID, end = MAX_ID }: Range): Generator<Entry, undefined> {
    for (let index = nodeOf(this.nodes, end); index >= 0; index--) {
      const { entries } = this.nodes[index] as Node;
      for (let place = entries.length - 1; place >= 0; place--) {
        const entry = entries[place] as Entry;
        if (compareIds(entry.id, end) > 0) continue;
        if (compareIds(entry.id, start) < 0) return undefined;
        yield entry;
      }
    }
    return undefined;
  }
}

/** Trimming may leave a node with none. */
function hasEntries({ entries }: Node): boolean {
  return entries.length > 0;
}

/** Both ends are included. */
export interface Range {
  readonly start?: StreamId;
  readonly end?: StreamId;
}
