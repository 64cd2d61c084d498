import { concatMap, forkJoin, map, of, type Observable } from 'rxjs';
import type { GroupPlan } from '../plan.js';
import type { Read } from '../streams/effects.js';
import type { Batch, Event } from '../streams/events.js';
import type { ReadRequest, StreamReply } from '../wire/port.js';
import type { WorkEnv } from './work.js';

function request(read: Read, { plan: { group, binary } }: WorkEnv): ReadRequest {
  const as = group && { group: group.name, consumer: group.consumer, noAck: group.noAck };
  return { from: read.from, count: read.count, block: read.block, binary, ...(as && { as }) };
}

/** Fresh entries: their first delivery, or for a standalone consumer no delivery at all. */
export function readLive(read: Read, env: WorkEnv): Observable<Event> {
  return env.reader.read(request(read, env)).pipe(map((replies) => ({ type: 'replied', replies })));
}

/** A page of our own pending entries, with their delivery counts: one XPENDING per stream and page. */
export function readBacklog(read: Read, env: WorkEnv): Observable<Event> {
  const { group } = env.plan;
  if (group === undefined) return readLive(read, env);
  const cursors = new Map(read.from);
  return env.reader.read(request(read, env)).pipe(
    concatMap((replies) => {
      const filled = replies.filter(({ entries }) => entries.length > 0);
      return filled.length === 0
        ? of([])
        : forkJoin(filled.map((reply) => count(reply, cursors.get(reply.stream) ?? '0-0', group, env)));
    }),
    map((replies) => ({ type: 'replied', replies })),
  );
}

function count(
  { stream, entries }: StreamReply,
  after: string,
  { name, consumer }: GroupPlan,
  { port }: WorkEnv,
): Observable<Batch> {
  const to = entries.at(-1)?.id ?? after;
  return port.pending({ stream, group: name, consumer, after, to, count: entries.length }).pipe(
    map((rows) => {
      const counts = new Map(rows.map((row) => [row.id, row.count]));
      // Acked between the two commands by somebody else: it was delivered all the same.
      return { stream, entries: entries.map(({ id, pairs }) => ({ id, pairs, attempt: counts.get(id) ?? 2 })) };
    }),
  );
}
