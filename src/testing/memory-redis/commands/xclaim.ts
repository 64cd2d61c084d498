import { integer, strictId, toName, tryId, word } from '../args.js';
import type { StreamCommand } from '../command.js';
import { entryReply } from '../deliver.js';
import { ReplyError } from '../errors.js';
import { groupOf } from '../groups.js';
import { compareIds, formatId, MIN_ID, type StreamId } from '../ids.js';
import { keyOf } from '../key-of.js';
import type { Reply } from '../reply.js';

export const xclaim: StreamCommand = {
  name: 'xclaim',
  arity: -6,
  run(args, { keyspace, now }) {
    const key = args[0] as Buffer;
    const stream = keyspace.get(keyOf(key));
    const group = groupOf(stream, key, toName(args[1] as Buffer));
    const name = toName(args[2] as Buffer);
    const minIdle = integer(args[3], 'ERR Invalid min-idle-time argument for XCLAIM');
    const ids: StreamId[] = [];
    let at = 4;
    for (; at < args.length; at++) {
      const id = tryId(args[at]);
      if (!id) break;
      ids.push(id);
    }
    const options = claimOptions(args.slice(at), now);
    if (compareIds(options.lastId, group.lastId) > 0) group.lastId = options.lastId;

    const replies: Reply[] = [];
    for (const id of ids) {
      const entry = stream?.get(id);
      if (!entry) {
        group.release(id);
        continue;
      }
      const before = group.pending.get(id);
      if (!before && !options.force) continue;
      if (before && minIdle > 0 && now - before.deliveredAt < minIdle) continue;
      const pending = group.assign(id, group.seen(name, now));
      // What FORCE makes counts as delivered once before it is claimed.
      if (!before) pending.count = 1;
      pending.deliveredAt = options.deliveredAt;
      if (options.retryCount >= 0) pending.count = options.retryCount;
      else if (!options.justId) pending.count++;
      replies.push(options.justId ? formatId(id) : entryReply(entry));
    }
    return replies;
  },
};

function claimOptions(args: readonly Buffer[], now: number) {
  let deliveredAt: number | undefined;
  let retryCount = -1;
  let lastId = MIN_ID;
  let [force, justId] = [false, false];
  for (let at = 0; at < args.length; at++) {
    const option = word(args[at]);
    const more = at + 1 < args.length;
    const number = (): number => integer(args[++at], `ERR Invalid ${option} option argument for XCLAIM`);
    if (option === 'FORCE') force = true;
    else if (option === 'JUSTID') justId = true;
    else if (option === 'IDLE' && more) deliveredAt = now - number();
    else if (option === 'TIME' && more) deliveredAt = number();
    else if (option === 'RETRYCOUNT' && more) retryCount = number();
    else if (option === 'LASTID' && more) lastId = strictId(args[++at]);
    else throw new ReplyError(`ERR Unrecognized XCLAIM option '${String(args[at])}'`);
  }
  // A time that cannot be is no error: clients compute it from clocks of their own.
  const sane = deliveredAt !== undefined && deliveredAt >= 0 && deliveredAt <= now;
  return { deliveredAt: sane ? (deliveredAt as number) : now, retryCount, lastId, force, justId };
}
