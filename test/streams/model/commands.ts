import { bookOf, knows } from '../../../src/acks/ledger.js';
import { owesAcks, type StreamStart } from '../../../src/plan.js';
import type { Effect } from '../../../src/streams/effects.js';
import type { Arrival, Batch, Event, Joined } from '../../../src/streams/events.js';
import { victims } from '../../../src/streams/lost.js';
import { compareIds, healAt, ZERO } from '../../../src/streams/position.js';
import type { Reply } from './server.js';
import { behind } from './unread.js';
import type { Walk } from './walk.js';

export type Work = Extract<Effect, { do: 'join' | 'connect' | 'read' | 'probe' | 'reconcile' | 'heal' | 'take-over' }>;

/** The server does it; the answer is made when it arrives, of what is known then. */
export function execute(work: Exclude<Work, { do: 'read' | 'connect' }>, walk: Walk): () => Event {
  switch (work.do) {
    case 'join':
      return join(work, walk);
    case 'probe':
      return probe(work, walk);
    case 'reconcile':
      return reconcile(work, walk);
    case 'heal':
      return heal(work, walk);
    case 'take-over':
      return takeOver(work, walk);
  }
}

function join({ streams }: Work & { do: 'join' }, walk: Walk): () => Event {
  const at: Joined[] = [];
  for (const each of streams) {
    const joined = joinOne(each, walk);
    if (joined === undefined) return () => toEvent({ word: 'NOGROUP' });
    walk.skips(joined.stream, joined.from);
    at.push(joined);
  }
  return () => ({ type: 'joined', at });
}

function joinOne({ stream, start }: StreamStart, { server, plan }: Walk): Joined | undefined {
  const model = server.streams.get(stream);
  if (plan.group === undefined) {
    return { stream, from: start === undefined || start === '$' ? (model?.last ?? ZERO) : start, created: false };
  }
  if (model?.group) return { stream, from: model.group.last, created: false };
  if (plan.group.createFrom === undefined) return undefined;
  return { stream, from: server.createGroup(stream, start ?? plan.group.createFrom).last, created: true };
}

function probe({ streams }: Work & { do: 'probe' }, walk: Walk): () => Event {
  const at = streams.map((stream) => ({ stream, last: walk.server.streams.get(stream)?.last }));
  walk.behind = behind(walk);
  return () => ({ type: 'probed', at });
}

function reconcile({ floors, most }: Work & { do: 'reconcile' }, walk: Walk): () => Event {
  const { server, home } = walk;
  const rows = floors.map(([stream, floor]) => {
    const pending = server.streams.get(stream)?.group?.pending ?? new Map<string, { consumer: string; count: number }>();
    const mine = [...pending].filter(([id, { consumer }]) => consumer === 'me' && compareIds(id, floor) > 0);
    return { stream, rows: mine.map(([id, { count }]) => ({ id, count })) };
  });
  return () => {
    let left = most;
    let more = false;
    const found = rows.map(({ stream, rows: mine }): Batch => {
      const lost = victims(mine, (id) => knows(bookOf(home.ledger, stream), id));
      more ||= lost.length > left;
      const entries = lost.slice(0, left).map(({ id, count }) => arrival(stream, id, count, walk));
      left -= entries.length;
      return { stream, entries };
    });
    return { type: 'reconciled', found, more };
  };
}

function heal({ anchors }: Work & { do: 'heal' }, walk: Walk): () => Event {
  const { server, home, plan } = walk;
  const at: { stream: string; from: string }[] = [];
  for (const [stream, read] of anchors) {
    const model = server.streams.get(stream);
    if (model?.group) {
      // Made again already, by a heal whose answer was lost, and lower than what we have read.
      if (compareIds(model.group.last, read) < 0) at.push({ stream, from: model.group.last });
      continue;
    }
    const from = plan.group?.healFrom === '0' ? ZERO : healAt({ read, lastGenerated: model?.last });
    const { pending } = server.createGroup(stream, from);
    if (owesAcks(plan))
      for (const { id, attempt } of bookOf(home.ledger, stream).open.values())
        pending.set(id, { consumer: 'me', count: attempt });
    at.push({ stream, from });
  }
  return () => ({ type: 'healed', at });
}

function takeOver({ stream, ids }: Work & { do: 'take-over' }, walk: Walk): () => Event {
  const group = walk.server.streams.get(stream)?.group;
  if (group === undefined) return () => toEvent({ word: 'NOGROUP' });
  const mine = ids.filter((id) => group.pending.get(id)?.consumer === 'me');
  const entries = mine.map((id) => {
    const row = group.pending.get(id);
    if (row) row.count += 1;
    return arrival(stream, id, row?.count ?? 1, walk);
  });
  return () => ({ type: 'took-over', stream, asked: ids, found: { stream, entries } });
}

function arrival(stream: string, id: string, attempt: number, walk: Walk): Arrival {
  return { id, pairs: walk.server.has(stream, id) ? ['n', id] : null, attempt };
}

/** What a reply of the server means. */
export function toEvent(reply: Reply): Event {
  if ('replies' in reply) return { type: 'replied', replies: reply.replies };
  return { type: 'failed', failure: { kind: 'heal', word: reply.word, error: new Error(reply.word) } };
}
