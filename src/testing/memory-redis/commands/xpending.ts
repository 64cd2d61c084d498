import { fromName, integer, rangeEnd, rangeStart, toName, word } from '../args.js';
import type { StreamCommand } from '../command.js';
import { ReplyError, SYNTAX } from '../errors.js';
import { byName, groupOf, type Group } from '../groups.js';
import { compareIds, formatId } from '../ids.js';
import { keyOf } from '../key-of.js';
import type { Reply } from '../reply.js';

export const xpending: StreamCommand = {
  name: 'xpending',
  arity: -3,
  run(args, { keyspace, now }) {
    const [key, name] = [args[0] as Buffer, toName(args[1] as Buffer)];
    if (args.length === 2) return summary(groupOf(keyspace.get(keyOf(key)), key, name));
    if (args.length < 5 || args.length > 8) throw new ReplyError(SYNTAX);

    const hasIdle = word(args[2]) === 'IDLE';
    const minIdle = hasIdle ? integer(args[3]) : 0;
    if (hasIdle && args.length < 7) throw new ReplyError(SYNTAX);
    const [from, to, limit, consumerName] = args.slice(hasIdle ? 4 : 2) as [Buffer, Buffer, Buffer, Buffer?];
    const count = integer(limit);
    const [start, end] = [rangeStart(from), rangeEnd(to)];

    const group = groupOf(keyspace.get(keyOf(key)), key, name);
    const consumer = consumerName && group.consumers.get(toName(consumerName));
    if (consumerName && !consumer) return [];
    const rows: Reply[] = [];
    for (const pending of (consumer ?? group).pending.from(start)) {
      if (rows.length >= count || compareIds(pending.id, end) > 0) break;
      const idle = now - pending.deliveredAt;
      if (minIdle !== 0 && idle < minIdle) continue;
      rows.push([formatId(pending.id), fromName(pending.consumer.name), Math.max(0, idle), pending.count]);
    }
    return rows;
  },
};

function summary({ pending, consumers }: Group): Reply {
  if (!pending.first || !pending.last) return [0, null, null, null];
  const busy = byName(consumers).filter((consumer) => consumer.pending.size > 0);
  return [
    pending.size,
    formatId(pending.first.id),
    formatId(pending.last.id),
    busy.map((consumer): Reply => [fromName(consumer.name), String(consumer.pending.size)]),
  ];
}
