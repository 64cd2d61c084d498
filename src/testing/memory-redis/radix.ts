import type { StreamId } from './ids.js';

const ID_BYTES = 16;

/**
 * How many nodes Redis's radix tree has for these ids, in ascending order: `XINFO STREAM` shows it. Ids are keys of 16 bytes; a run
 * of bytes without a branch is one node, and so is each branch and each end.
 */
export function radixNodes(ids: readonly StreamId[]): number {
  if (ids.length === 0) return 1;
  const keys = ids.map(toKey);
  /** Where neighbours begin to differ: there the tree branches. */
  const splits = keys.slice(1).map((key, index) => commonLength(keys[index] as Buffer, key));
  return subtree(splits, 0, splits.length, 0);
}

/** Nodes below a point where `depth` bytes are behind us, for the keys around the splits in [from, to). */
function subtree(splits: readonly number[], from: number, to: number, depth: number): number {
  if (from === to) return depth < ID_BYTES ? 2 : 1;
  let branch = ID_BYTES;
  for (let index = from; index < to; index++) branch = Math.min(branch, splits[index] as number);
  let nodes = (branch > depth ? 1 : 0) + 1;
  let start = from;
  for (let index = from; index <= to; index++) {
    if (index < to && splits[index] !== branch) continue;
    nodes += subtree(splits, start, index, branch + 1);
    start = index + 1;
  }
  return nodes;
}

function toKey({ ms, seq }: StreamId): Buffer {
  const key = Buffer.alloc(ID_BYTES);
  key.writeBigUInt64BE(BigInt(ms), 0);
  key.writeBigUInt64BE(BigInt(seq), 8);
  return key;
}

function commonLength(a: Buffer, b: Buffer): number {
  let length = 0;
  while (length < ID_BYTES && a[length] === b[length]) length++;
  return length;
}
