import { fromName } from '../args.js';
import { byName, type Consumer, type Group, type Pending } from '../groups.js';
import { formatId, MIN_ID } from '../ids.js';
import { lag, UNKNOWN } from '../progress.js';
import type { Reply } from '../reply.js';
import type { Stream } from '../stream.js';

/** A group in `XINFO STREAM key FULL`; at most `count` of each list of pending entries. */
export function fullGroup(stream: Stream, group: Group, count: number): Reply {
  return [
    ...['name', fromName(group.name)],
    ...['last-delivered-id', formatId(group.lastId)],
    ...['entries-read', group.entriesRead === UNKNOWN ? null : group.entriesRead],
    ...['lag', lag(stream, group)],
    ...['pel-count', group.pending.size],
    ...[
      'pending',
      some(group, count).map((row): Reply => [formatId(row.id), fromName(row.consumer.name), row.deliveredAt, row.count]),
    ],
    ...['consumers', byName(group.consumers).map((consumer) => fullConsumer(consumer, count))],
  ];
}

function fullConsumer(consumer: Consumer, count: number): Reply {
  return [
    ...['name', fromName(consumer.name)],
    ...['seen-time', consumer.seenAt],
    ...['pel-count', consumer.pending.size],
    ...['pending', some(consumer, count).map((row): Reply => [formatId(row.id), row.deliveredAt, row.count])],
  ];
}

function some({ pending }: Group | Consumer, count: number): Pending[] {
  const rows: Pending[] = [];
  for (const row of pending.from(MIN_ID)) {
    if (rows.length >= count) break;
    rows.push(row);
  }
  return rows;
}
