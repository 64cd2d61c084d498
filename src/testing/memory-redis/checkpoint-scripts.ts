import { compareIds, parseId, type StreamId } from './ids.js';
import type { Keyspace } from './keyspace.js';
import type { Reply } from './reply.js';

/** The field of the owner. */
const OWNER = '';

/** OPEN_CHECKPOINT, without Lua. */
export function openCheckpoint(_: unknown, key: Buffer, argv: readonly Buffer[], keyspace: Keyspace): Reply {
  const [owner = '', ...streams] = argv.map(String);
  const hash = keyspace.hash(String(key)) ?? {};
  keyspace.setHash(String(key), { ...hash, [OWNER]: owner });
  return streams.map((stream) => (Object.hasOwn(hash, stream) ? Buffer.from(hash[stream] ?? '') : null));
}

/** SAVE_POSITIONS, without Lua. */
export function savePositions(_: unknown, key: Buffer, argv: readonly Buffer[], keyspace: Keyspace): Reply {
  const [owner = '', how, ...pairs] = argv.map(String);
  const hash = { ...keyspace.hash(String(key)) };
  const there = hash[OWNER];
  if (there !== undefined && there !== owner) return 0;
  for (let at = 0; at + 1 < pairs.length; at += 2) {
    const [stream = '', position = ''] = [pairs[at], pairs[at + 1]];
    if (how === 'rewind' || !Object.hasOwn(hash, stream) || isAbove(position, hash[stream] ?? '')) hash[stream] = position;
  }
  keyspace.setHash(String(key), { ...hash, [OWNER]: owner });
  return there === undefined ? 2 : 1;
}

function isAbove(position: string, stored: string): boolean {
  const [id, than] = [position, stored].map(idOf);
  return id !== undefined && (than === undefined || compareIds(id, than) > 0);
}

/** What stands before the count. */
function idOf(position: string): StreamId | undefined {
  const [id = ''] = position.split(' ');
  return /^\d+-\d+$/.test(id) ? parseId(id) : undefined;
}
