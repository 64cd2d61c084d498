import { createHash } from 'node:crypto';
import { OPEN_CHECKPOINT, SAVE_POSITIONS } from '../../wire/checkpoint-scripts.js';
import { CLAIM } from '../../wire/claim-script.js';
import { FORWARD } from '../../wire/forward-script.js';
import {
  ACK_OWNED,
  DEAD_LETTER,
  GIVE_BACK,
  ORIGIN_FIELDS,
  REMOVE_CONSUMER,
  RENEW,
  REPLAY,
  TAKE_OVER,
} from '../../wire/scripts.js';
import { integer } from './args.js';
import { runCommand, type Call, type StreamCommand } from './command.js';
import { openCheckpoint, savePositions } from './checkpoint-scripts.js';
import { forward } from './forward-script.js';
import { STREAM_COMMANDS } from './commands/index.js';
import { ReplyError } from './errors.js';
import type { Reply } from './reply.js';

/** One of our scripts, without Lua: a script of ours changes, its digest changes, and the tests of this file fail. */
type NativeScript = (redis: Redis, keys: readonly Buffer[], argv: readonly Buffer[], call: Call) => Reply;

/** What the script calls `redis`: errors of commands end it, which is what each of our scripts does with them. */
type Redis = (name: string, ...args: (Buffer | string)[]) => Reply;

const giveBack: NativeScript = (redis, [key], [group, consumer, idle, ...entries]) => {
  const given: Reply[] = [];
  for (let at = 0; at < entries.length; at += 2) {
    const [id, count] = [entries[at] as Buffer, entries[at + 1] ?? ''];
    if (pendingRow(redis, key, [group, consumer, id]) === undefined) continue;
    redis('xclaim', must(key), must(group), must(consumer), '0', id, 'IDLE', must(idle), 'RETRYCOUNT', count, 'JUSTID');
    given.push(id);
  }
  return given;
};

const takeOver: NativeScript = (redis, [key], [group, consumer, ...entries]) => {
  const taken: Reply[] = [];
  for (let at = 0; at < entries.length; at += 2) {
    const [id, asked] = [entries[at] as Buffer, Number(String(entries[at + 1]))];
    const row = pendingRow(redis, key, [group, consumer, id]);
    if (row === undefined) continue;
    const counted = asked > 0 ? ['RETRYCOUNT', String(asked)] : [];
    const [entry] = redis('xclaim', must(key), must(group), must(consumer), '0', id, ...counted) as Reply[][];
    taken.push([id, entry?.[1] ?? null, asked > 0 ? asked : Number(row[3]) + 1]);
  }
  return taken;
};

const claim: NativeScript = (redis, [key], [group, consumer, minIdle, ...ids]) => {
  const [ours, gone]: [Reply[], Reply[]] = [[], []];
  for (const id of ids) {
    const row = redis('xpending', must(key), must(group), 'IDLE', must(minIdle), id, id, '1') as Reply[];
    if (row.length === 0) continue;
    const claimed = redis('xclaim', must(key), must(group), must(consumer), '0', id, 'JUSTID') as Reply[];
    (claimed.length === 0 ? gone : ours).push(id);
  }
  return [ours, gone];
};

const renew: NativeScript = (redis, [key], [group, consumer, ...ids]) => {
  const [lost, gone]: [Reply[], Reply[]] = [[], []];
  for (const id of ids) {
    if (pendingRow(redis, key, [group, consumer, id]) === undefined) lost.push(id);
    else if ((redis('xclaim', must(key), must(group), must(consumer), '0', id, 'JUSTID') as Reply[]).length === 0) gone.push(id);
  }
  return [lost, gone];
};

const ackOwned: NativeScript = (redis, [key], [group, consumer, ...ids]) =>
  ids.filter((id) => {
    if (pendingRow(redis, key, [group, consumer, id]) === undefined) return false;
    redis('xack', must(key), must(group), id);
    return true;
  });

const deadLetter: NativeScript = (redis, [key, to], [group, consumer, stream, ...letters], { now }) => {
  const [moved, gone]: [Reply[], Reply[]] = [[], []];
  for (let at = 0; at < letters.length; at += 3) {
    const [id, name, text] = letters.slice(at, at + 3) as [Buffer, Buffer, Buffer];
    const row = pendingRow(redis, key, [group, consumer, id]);
    if (row === undefined) continue;
    const entry = only(redis('xrange', must(key), id, id));
    if (entry !== undefined) {
      const origin = { stream: must(stream), group: must(group), consumer: must(consumer), id, deliveries: String(row[3]) };
      const more = Object.entries({ ...origin, time: String(Math.floor(now)), error: name, message: text });
      redis('xadd', must(to), '*', ...entry[1], ...more.flatMap(([field, value]) => [`dead-letter.${field}`, value]));
      moved.push(id);
    } else gone.push(id);
    redis('xack', must(key), must(group), id);
  }
  return [moved, gone];
};

const replay: NativeScript = (redis, [from, to], ids) =>
  ids.filter((id) => {
    const entry = only(redis('xrange', must(from), id, id));
    if (entry === undefined) return false;
    redis('xadd', must(to), '*', ...entry[1].slice(0, -2 * ORIGIN_FIELDS.length));
    redis('xdel', must(from), id);
    return true;
  });

const removeConsumer: NativeScript = (redis, [key], [group, consumer]) => {
  const rows = redis('xpending', must(key), must(group), '-', '+', '1', must(consumer)) as Reply[];
  if (rows.length > 0) return 0;
  redis('xgroup', 'DELCONSUMER', must(key), must(group), must(consumer));
  return 1;
};

/** What XRANGE found, if it is one: an id without its second half means all of that ms. */
function only(found: Reply): [Reply, (Buffer | string)[]] | undefined {
  const [entry, second] = found as [Reply, (Buffer | string)[]][];
  return second === undefined ? entry : undefined;
}

function pendingRow(
  redis: Redis,
  key: Buffer | undefined,
  [group, consumer, id]: readonly (Buffer | undefined)[],
): Reply[] | undefined {
  const rows = redis('xpending', must(key), must(group), must(id), must(id), '1', must(consumer)) as Reply[][];
  return rows[0];
}

const NATIVE: ReadonlyMap<string, NativeScript> = new Map([
  [GIVE_BACK.sha, giveBack],
  [TAKE_OVER.sha, takeOver],
  [REMOVE_CONSUMER.sha, removeConsumer],
  [CLAIM.sha, claim],
  [RENEW.sha, renew],
  [ACK_OWNED.sha, ackOwned],
  [DEAD_LETTER.sha, deadLetter],
  [REPLAY.sha, replay],
  [FORWARD.sha, forward],
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
  const keys = numberOfKeys(args);
  const redis: Redis = (name, ...words) => {
    const command = STREAM_COMMANDS.get(name) as StreamCommand;
    const bytes = words.map((word) => (typeof word === 'string' ? Buffer.from(word) : word));
    return runCommand(command, bytes, { ...call, within: 'script' });
  };
  return (NATIVE.get(sha) as NativeScript)(redis, args.slice(1, 1 + keys), args.slice(1 + keys), call);
}

/** The first of EVAL's arguments after the script. */
export function numberOfKeys(args: readonly Buffer[]): number {
  const keys = integer(args[0]);
  if (keys < 0) throw new ReplyError("ERR Number of keys can't be negative");
  if (keys > args.length - 1) throw new ReplyError("ERR Number of keys can't be greater than number of args");
  return keys;
}

/** Lua would pass nil on, and Redis refuse it. */
function must(bytes: Buffer | undefined): Buffer {
  if (!bytes) throw new ReplyError('ERR Lua redis lib command arguments must be strings or integers');
  return bytes;
}
