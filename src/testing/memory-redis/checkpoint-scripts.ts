import { compareIds, parseId, type StreamId } from './ids.js';
import type { Call } from './command.js';
import { ReplyError, WRONGTYPE } from './errors.js';
import type { Keyspace } from './keyspace.js';
import type { Reply } from './reply.js';
import { Stream } from './stream.js';

/** The field of the owner. */
const OWNER = '';

/** OPEN_CHECKPOINT, without Lua. */
export function openCheckpoint(_: unknown, [key]: readonly Buffer[], argv: readonly Buffer[], { keyspace }: Call): Reply {
  const [owner = '', ...streams] = argv.map(String);
  const hash = hashAt(keyspace, String(key)) ?? {};
  keyspace.database.set(String(key), { ...hash, [OWNER]: owner });
  return streams.map((stream) => (Object.hasOwn(hash, stream) ? Buffer.from(hash[stream] ?? '') : null));
}

/** SAVE_POSITIONS, without Lua. */
export function savePositions(_: unknown, [key]: readonly Buffer[], argv: readonly Buffer[], { keyspace }: Call): Reply {
  const [owner = '', how, ...pairs] = argv.map(String);
  const hash = { ...hashAt(keyspace, String(key)) };
  const there = hash[OWNER];
  if (there !== undefined && there !== owner) return 0;
  for (let at = 0; at + 1 < pairs.length; at += 2) {
    const [stream = '', position = ''] = [pairs[at], pairs[at + 1]];
    if (how === 'rewind' || !Object.hasOwn(hash, stream) || isAbove(position, hash[stream] ?? '')) hash[stream] = position;
  }
  keyspace.database.set(String(key), { ...hash, [OWNER]: owner });
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

/** A hash as the mock keeps it: never changed in place. Throws WRONGTYPE when the key holds something else. */
function hashAt({ database }: Keyspace, key: string): Readonly<Record<string, string>> | undefined {
  const value = database.get(key);
  if (value === undefined) return undefined;
  if (value instanceof Stream || Object.prototype.toString.call(value) !== '[object Object]') throw new ReplyError(WRONGTYPE);
  return value as Record<string, string>;
}
