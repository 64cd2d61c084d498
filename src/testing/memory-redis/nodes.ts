import { compareIds, distance, type StreamId } from './ids.js';
import { EMPTY_BYTES, integerBytes, stringBytes } from './listpack.js';

/** Names and values flat, as they came. */
export interface Entry {
  readonly id: StreamId;
  readonly fields: readonly Buffer[];
}

/** `stream-node-max-bytes` and `stream-node-max-entries`. */
const MAX_BYTES = 4096;
export const MAX_ENTRIES = 100;

/** A run of entries, as Redis packs them: the unit of approximate trimming, and of finding an entry quickly. */
export interface Node {
  /** Of the first entry ever added, by which the node is found. */
  readonly id: StreamId;
  /** Names of the first entry: entries with the same ones are stored without. */
  readonly names: readonly Buffer[];
  /** Those that are not deleted. */
  readonly entries: Entry[];
  /** Entries ever added, deleted ones included. */
  added: number;
  /** Of the last entry ever added, deleted or not. */
  lastId: StreamId;
  bytes: number;
}

export function newNode(entry: Entry): Node {
  const names = entry.fields.filter((_, index) => index % 2 === 0);
  const header = integerBytes(1) + integerBytes(0) + integerBytes(names.length) + integerBytes(0);
  const bytes = names.reduce((sum, name) => sum + stringBytes(name), EMPTY_BYTES + header);
  const node: Node = { id: entry.id, names, entries: [], added: 0, lastId: entry.id, bytes };
  append(node, entry);
  return node;
}

export function append(node: Node, entry: Entry): void {
  node.entries.push(entry);
  node.added++;
  node.lastId = entry.id;
  node.bytes += entryBytes(node, entry);
}

export function isFull(node: Node, entry: Entry): boolean {
  const size = entry.fields.reduce((sum, field) => sum + field.length, 0);
  return node.bytes + size >= MAX_BYTES || node.added >= MAX_ENTRIES;
}

function entryBytes(node: Node, { id, fields }: Entry): number {
  const pairs = fields.length / 2;
  const same = pairs === node.names.length && node.names.every((name, index) => name.equals(fields[index * 2] as Buffer));
  let bytes = integerBytes(same ? 2 : 0);
  bytes += integerBytes(distance(node.id.ms, id.ms)) + integerBytes(distance(node.id.seq, id.seq));
  if (!same) bytes += integerBytes(pairs);
  fields.forEach((field, index) => {
    if (!same || index % 2 === 1) bytes += stringBytes(field);
  });
  return bytes + integerBytes(same ? pairs + 3 : 2 * pairs + 4);
}

/** The last node that begins at or before the id; -1 when all begin after it. */
export function nodeOf(nodes: readonly Node[], id: StreamId): number {
  let [low, high] = [0, nodes.length];
  while (low < high) {
    const middle = (low + high) >>> 1;
    if (compareIds((nodes[middle] as Node).id, id) <= 0) low = middle + 1;
    else high = middle;
  }
  return low - 1;
}
