import { integer, rangeStart, toName, word } from '../args.js';
import type { StreamCommand } from '../command.js';
import { entryReply } from '../deliver.js';
import { ReplyError } from '../errors.js';
import { groupOf } from '../groups.js';
import { formatId, nextId, type StreamId } from '../ids.js';
import { keyOf } from '../key-of.js';
import type { Reply } from '../reply.js';
import { syntaxError } from './trim-options.js';

/** Entries looked at for each one asked for, before the cursor goes back to the caller. */
const ATTEMPTS = 10;
/** 2^63-1 over the size of an id. */
const MAX_COUNT = 576460752303423487;

export const xautoclaim: StreamCommand = {
  name: 'xautoclaim',
  arity: -6,
  run(args, { keyspace, now }) {
    const minIdle = integer(args[3], 'ERR Invalid min-idle-time argument for XAUTOCLAIM');
    const start = rangeStart(args[4] as Buffer);
    const { count, justId } = autoclaimOptions(args.slice(5));
    const key = args[0] as Buffer;
    const stream = keyspace.get(keyOf(key));
    const group = groupOf(stream, key, toName(args[1] as Buffer));
    const name = toName(args[2] as Buffer);

    const claimed: Reply[] = [];
    const deleted: Reply[] = [];
    let attempts = count * ATTEMPTS;
    let cursor: StreamId | undefined = start;
    while (cursor && attempts-- > 0 && claimed.length + deleted.length < count) {
      const next = group.pending.atOrAfter(cursor);
      if (!next) break;
      cursor = nextId(next.id);
      const entry = stream?.get(next.id);
      if (!entry) {
        group.release(next.id);
        deleted.push(formatId(next.id));
        continue;
      }
      if (minIdle > 0 && now - next.deliveredAt < minIdle) continue;
      const pending = group.assign(next.id, group.seen(name, now));
      pending.deliveredAt = now;
      if (!justId) pending.count++;
      claimed.push(justId ? formatId(next.id) : entryReply(entry));
    }
    const rest = cursor && group.pending.atOrAfter(cursor);
    return [rest ? formatId(rest.id) : '0-0', claimed, deleted];
  },
};

function autoclaimOptions(args: readonly Buffer[]): { count: number; justId: boolean } {
  let count = 100;
  let justId = false;
  for (let at = 0; at < args.length; at++) {
    const option = word(args[at]);
    if (option === 'COUNT' && at + 1 < args.length) {
      count = integer(args[++at], 'ERR COUNT must be > 0');
      if (count < 1 || count > MAX_COUNT) throw new ReplyError('ERR COUNT must be > 0');
    } else if (option === 'JUSTID') justId = true;
    else syntaxError();
  }
  return { count, justId };
}
