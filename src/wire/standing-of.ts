import type { ConsumerStanding, Standing } from '../standing.js';
import { eachNamed, named, rowIds, text } from './replies.js';

/**
 * Where one group stands, from the reply of `XINFO STREAM … FULL`; undefined when it is not there. Fields are read by name: Redis 7.2
 * added some to consumers, 8.6 and 8.8 to streams and groups.
 */
export function standingOf(reply: unknown, group: string): Standing | undefined {
  const stream = named(reply);
  const found = eachNamed(stream.get('groups')).find((each) => text(each.get('name')) === group);
  if (found === undefined) return undefined;
  const lag = found.get('lag');
  return {
    length: Number(stream.get('length')),
    added: Number(stream.get('entries-added')),
    first: rowIds(stream.get('entries'))[0],
    lastGenerated: text(stream.get('last-generated-id')),
    maxDeleted: text(stream.get('max-deleted-entry-id')),
    delivered: text(found.get('last-delivered-id')),
    reported: lag === null || lag === undefined ? undefined : Number(lag),
    pending: Number(found.get('pel-count')),
    oldestPending: rowIds(found.get('pending'))[0],
    consumers: eachNamed(found.get('consumers')).map(consumerOf),
  };
}

function consumerOf(consumer: Map<string, unknown>): ConsumerStanding {
  return {
    name: text(consumer.get('name')),
    pending: Number(consumer.get('pel-count')),
    seenAt: Number(consumer.get('seen-time')),
  };
}
