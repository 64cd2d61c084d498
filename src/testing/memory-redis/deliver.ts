import type { Consumer, Group } from './groups.js';
import { formatId, MAX_ID, nextId, type StreamId } from './ids.js';
import type { Entry } from './nodes.js';
import { advance } from './progress.js';
import type { Reply } from './reply.js';
import type { Stream } from './stream.js';

export function entryReply({ id, fields }: Entry): Reply {
  return [formatId(id), fields];
}

export function entries(found: Iterable<Entry>, count = Infinity): Reply[] {
  const replies: Reply[] = [];
  for (const entry of found) {
    replies.push(entryReply(entry));
    if (replies.length >= count) break;
  }
  return replies;
}

/** Entries after an id, which change nothing: XREAD. */
export function read(stream: Stream, { after, count }: { after: StreamId; count: number }): Reply[] {
  return entries(stream.range({ start: nextId(after) ?? MAX_ID }), count);
}

/** Entries that the group never delivered: they become the consumer's, unless nobody owes an acknowledgement. */
export function deliver(
  stream: Stream,
  { group, consumer, count, noAck, now }: { group: Group; consumer: Consumer; count: number; noAck: boolean; now: number },
): Reply[] {
  const replies: Reply[] = [];
  for (const entry of stream.range({ start: nextId(group.lastId) ?? MAX_ID })) {
    advance(stream, group, entry.id);
    replies.push(entryReply(entry));
    if (!noAck) {
      // After XGROUP SETID to an earlier id an entry may be pending already: it changes hands as if it were new.
      const pending = group.assign(entry.id, consumer);
      pending.deliveredAt = now;
      pending.count = 1;
    }
    if (replies.length >= count) break;
  }
  return replies;
}

/** What the consumer has pending after an id, as a new delivery; an entry that is gone from the stream has no fields. */
export function history(
  stream: Stream,
  { consumer, after, count, now }: { consumer: Consumer; after: StreamId; count: number; now: number },
): Reply[] {
  const replies: Reply[] = [];
  for (const pending of consumer.pending.from(nextId(after) ?? MAX_ID)) {
    const entry = stream.get(pending.id);
    if (entry) {
      pending.deliveredAt = now;
      pending.count++;
    }
    replies.push(entry ? entryReply(entry) : [formatId(pending.id), null]);
    if (replies.length >= count) break;
  }
  return replies;
}
