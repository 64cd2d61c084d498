import { bookOf, knows } from '../../../src/acks/book.js';
import { owesAcks } from '../../../src/plan.js';
import type { Effect, Takeover } from '../../../src/streams/effects.js';
import type { Arrival, Batch, Event, Joined, Rows } from '../../../src/streams/events.js';
import { victims } from '../../../src/streams/lost.js';
import { compareIds, healAt, ZERO } from '../../../src/streams/position.js';
import type { Reply } from './server.js';
import type { Walk } from './walk.js';
import type { WayHome } from './way-home.js';

export type Work = Extract<
  Effect,
  { do: 'join' | 'connect' | 'read' | 'reconcile' | 'heal' | 'take-over' | 'look-back' | 'claim' }
>;

/** The server does it; the answer is made when it arrives, of what is known then. */
export function execute(work: Exclude<Work, { do: 'read' | 'connect' }>, walk: Walk): () => Event {
  switch (work.do) {
    case 'join':
      return join(work, walk);
    case 'reconcile':
      return reconcile(work, walk);
    case 'heal':
      return heal(work, walk);
    case 'take-over':
      return takeOver(work, walk);
    case 'look-back':
      return lookBack(work, walk);
    case 'claim':
      return claim(work, walk);
  }
}

function join({ streams }: Work & { do: 'join' }, walk: Walk): () => Event {
  const { server, plan } = walk;
  const at: Joined[] = [];
  for (const { stream, start } of streams) {
    const model = server.streams.get(stream);
    if (plan.group === undefined) {
      at.push({ stream, from: start === undefined || start === '$' ? (model?.last ?? ZERO) : start, created: false });
    } else if (model?.group) {
      at.push({ stream, from: model.group.last, created: false });
    } else if (plan.group.createFrom === undefined) {
      return () => toEvent({ word: 'NOGROUP' });
    } else {
      at.push({ stream, from: server.createGroup(stream, start ?? plan.group.createFrom).last, created: true });
    }
  }
  return () => ({ type: 'joined', at });
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

function heal({ anchors, takeover }: Work & { do: 'heal' }, walk: Walk): () => Event {
  const { server, home, plan } = walk;
  const at: { stream: string; from: string }[] = [];
  for (const [stream, read] of anchors) {
    const model = server.streams.get(stream);
    if (model?.group) continue;
    const from = plan.group?.healFrom === '0' ? ZERO : healAt({ read, lastGenerated: model?.last });
    const { pending } = server.createGroup(stream, from);
    if (owesAcks(plan))
      for (const [id, count] of oursOf(stream, takeover, home)) pending.set(id, { consumer: 'me', count, since: server.now });
    at.push({ stream, from });
  }
  return () => ({ type: 'healed', at });
}

/** What we hold, what waits to come again, and what is still to be fetched. */
function oursOf(stream: string, takeover: readonly Takeover[], home: WayHome): Map<string, number> {
  const { open, waiting } = bookOf(home.ledger, stream);
  const ours = new Map<string, number>();
  for (const each of takeover.filter((one) => one.stream === stream)) {
    for (const { id, count } of each.entries) ours.set(id, Math.max(1, count - 1));
  }
  for (const [id, attempt] of waiting) ours.set(id, attempt);
  for (const { id, attempt } of open.values()) ours.set(id, attempt);
  return ours;
}

function takeOver({ takeover: { stream, entries } }: Work & { do: 'take-over' }, walk: Walk): () => Event {
  const group = walk.server.streams.get(stream)?.group;
  if (group === undefined) return () => toEvent({ word: 'NOGROUP' });
  const mine = entries.filter(({ id }) => group.pending.get(id)?.consumer === 'me');
  const found = mine.map(({ id, count }) => {
    const row = group.pending.get(id);
    if (row) Object.assign(row, { count: count || row.count + 1, since: walk.server.now });
    return arrival(stream, id, row?.count ?? 1, walk);
  });
  return () => ({ type: 'took-over', found });
}

function lookBack({ from, count }: Work & { do: 'look-back' }, { server }: Walk): () => Event {
  if (from.some(([stream]) => server.streams.get(stream)?.group === undefined)) return () => toEvent({ word: 'NOGROUP' });
  const pages = from.map(([stream, after]): Rows => {
    const mine = [...(server.streams.get(stream)?.group?.pending ?? [])].filter(
      ([id, { consumer }]) => consumer === 'me' && compareIds(id, after) > 0,
    );
    const page = mine.sort(([a], [b]) => compareIds(a, b)).slice(0, count);
    return { stream, rows: page.map(([id, row]) => ({ id, count: row.count })) };
  });
  return () => ({ type: 'looked-back', pages });
}

/** XPENDING with IDLE and XCLAIM in one; what was deleted goes with XCLAIM. */
function claim({ stream, after, minIdle, most }: Work & { do: 'claim' }, walk: Walk): () => Event {
  const { server, home } = walk;
  const group = server.streams.get(stream)?.group;
  if (group === undefined) return () => toEvent({ word: 'NOGROUP' });
  const idle = [...group.pending].filter(([id, { since }]) => compareIds(id, after) > 0 && server.now - since >= minIdle);
  const page = idle.sort(([a], [b]) => compareIds(a, b)).slice(0, most);
  const rows: { id: string; count: number }[] = [];
  for (const [id, row] of page) {
    if (knows(bookOf(home.ledger, stream), id)) continue;
    if (!server.has(stream, id)) {
      group.pending.delete(id);
      continue;
    }
    Object.assign(row, { consumer: 'me', since: server.now });
    walk.adopted(stream, id);
    rows.push({ id, count: row.count });
  }
  const next = page.length < most ? undefined : page.at(-1)?.[0];
  return () => ({ type: 'claimed', found: { stream, rows }, next });
}

function arrival(stream: string, id: string, attempt: number, walk: Walk): Arrival {
  return { id, pairs: walk.server.has(stream, id) ? ['n', id] : null, attempt };
}

/** What a reply of the server means. */
export function toEvent(reply: Reply): Event {
  if ('replies' in reply) return { type: 'replied', replies: reply.replies };
  return { type: 'failed', failure: { kind: 'heal', word: reply.word, error: new Error(reply.word) } };
}
