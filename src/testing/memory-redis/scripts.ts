import { createHash } from 'node:crypto';
import { GIVE_BACK, OPEN_CHECKPOINT, REMOVE_CONSUMER, SAVE_POSITIONS, TAKE_OVER } from '../../wire/scripts.js';
import { integer } from './args.js';
import { runCommand, type Call, type StreamCommand } from './command.js';
import { openCheckpoint, savePositions } from './checkpoint-scripts.js';
import { STREAM_COMMANDS } from './commands/index.js';
import { ReplyError } from './errors.js';
import type { Keyspace } from './keyspace.js';
import type { Reply } from './reply.js';

/** One of our scripts, without Lua: a script of ours changes, its digest changes, and the tests of this file fail. */
type NativeScript = (redis: Redis, key: Buffer, argv: readonly Buffer[], keyspace: Keyspace) => Reply;

/** What the script calls `redis`: errors of commands end it, which is what each of our scripts does with them. */
type Redis = (name: string, ...args: (Buffer | string)[]) => Reply;

const giveBack: NativeScript = (redis, key, [group, consumer, idle, ...entries]) => {
  const given: Reply[] = [];
  for (let at = 0; at < entries.length; at += 2) {
    const [id, count] = [entries[at] as Buffer, entries[at + 1] ?? ''];
    if (pendingRow(redis, key, [group, consumer, id]) === undefined) continue;
    redis('xclaim', key, must(group), must(consumer), '0', id, 'IDLE', must(idle), 'RETRYCOUNT', count, 'JUSTID');
    given.push(id);
  }
  return given;
};

const takeOver: NativeScript = (redis, key, [group, consumer, ...ids]) => {
  const taken: Reply[] = [];
  for (const id of ids) {
    const row = pendingRow(redis, key, [group, consumer, id]);
    if (row === undefined) continue;
    const [entry] = redis('xclaim', key, must(group), must(consumer), '0', id) as Reply[][];
    taken.push([id, entry?.[1] ?? null, Number(row[3]) + 1]);
  }
  return taken;
};

const removeConsumer: NativeScript = (redis, key, [group, consumer]) => {
  const rows = redis('xpending', key, must(group), '-', '+', '1', must(consumer)) as Reply[];
  if (rows.length > 0) return 0;
  redis('xgroup', 'DELCONSUMER', key, must(group), must(consumer));
  return 1;
};

function pendingRow(redis: Redis, key: Buffer, [group, consumer, id]: readonly (Buffer | undefined)[]): Reply[] | undefined {
  const rows = redis('xpending', key, must(group), must(id), must(id), '1', must(consumer)) as Reply[][];
  return rows[0];
}

const NATIVE: ReadonlyMap<string, NativeScript> = new Map([
  [GIVE_BACK.sha, giveBack],
  [TAKE_OVER.sha, takeOver],
  [REMOVE_CONSUMER.sha, removeConsumer],
  [OPEN_CHECKPOINT.sha, openCheckpoint],
  [SAVE_POSITIONS.sha, savePositions],
]);

export function digest(text: string): string {
  return createHash('sha1').update(text).digest('hex');
}

/** Whether it is one of ours; other scripts are for ioredis-mock's Lua. */
export function isNative(sha: string): boolean {
  return NATIVE.has(sha);
}

/** `args` are those of EVAL after the script: the number of keys, the keys, the rest. */
export function runNative(sha: string, args: readonly Buffer[], call: Call): Reply {
  const keys = integer(args[0]);
  if (keys < 0) throw new ReplyError("ERR Number of keys can't be negative");
  if (keys > args.length - 1) throw new ReplyError("ERR Number of keys can't be greater than number of args");
  const redis: Redis = (name, ...words) => {
    const command = STREAM_COMMANDS.get(name) as StreamCommand;
    const bytes = words.map((word) => (typeof word === 'string' ? Buffer.from(word) : word));
    return runCommand(command, bytes, { ...call, within: 'script' });
  };
  return (NATIVE.get(sha) as NativeScript)(redis, must(args[1]), args.slice(1 + keys), call.keyspace);
}

/** Lua would pass nil on, and Redis refuse it. */
function must(bytes: Buffer | undefined): Buffer {
  if (!bytes) throw new ReplyError('ERR Lua redis lib command arguments must be strings or integers');
  return bytes;
}
