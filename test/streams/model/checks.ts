import { ok as assert } from 'node:assert';
import { bookOf } from '../../../src/acks/ledger.js';
import { owesAcks } from '../../../src/plan.js';
import { together } from '../../../src/streams/adding.js';
import { compareIds } from '../../../src/streams/position.js';
import type { Walk } from './walk.js';

/** Holds at every moment: the bounds of the window, and nothing stranded. */
export function check(walk: Walk): void {
  const { plan, home } = walk;
  const { held, unconfirmed, taken } = home.ledger;
  const most = plan.bufferSize + Math.max(walk.state.tracks.length, 1) - 1;
  if (plan.demand === 'window') {
    assert(held <= most, `${held} held, bufferSize ${plan.bufferSize}`);
    // Closing gives back what a lost reply held, all at once.
    const closing = walk.owed !== undefined || walk.state.phase.tag === 'closing';
    assert(closing || held + unconfirmed <= most + plan.bufferSize, `${held} held + ${unconfirmed} unconfirmed`);
  }
  assert(
    held >= 0 && taken >= 0 && unconfirmed >= 0 && taken <= held,
    `held ${held}, taken ${taken}, unconfirmed ${unconfirmed}`,
  );
  const lost = stranded(walk);
  assert(lost.length === 0, `stranded: ${lost.join(', ')}`);
}

/** Entries that are pending under our name, and that nobody will ever look at. */
export function stranded(walk: Walk): string[] {
  const { server, plan, state } = walk;
  if (!owesAcks(plan)) return [];
  const read = new Set([...plan.streams, ...state.tracks, ...state.unjoined].map((each) => each.stream));
  const found: string[] = [];
  for (const [stream, { group }] of server.streams) {
    if (!read.has(stream)) continue;
    for (const [id, { consumer }] of group?.pending ?? []) {
      if (consumer === 'me' && !accounted(walk, stream, id)) found.push(`${stream} ${id}`);
    }
  }
  return found;
}

function accounted(walk: Walk, stream: string, id: string): boolean {
  const { state, home, owed, plan, performer } = walk;
  const key = `${stream} ${id}`;
  if (walk.old.has(key) || walk.nacked.has(key) || home.nacked.has(key)) return true;
  const backlogToCome =
    plan.group?.startFromBacklog === true && [...state.unjoined, ...state.added].some((each) => each.stream === stream);
  if (backlogToCome || (owed && plan.group?.startFromBacklog)) return true;
  const own = { floors: state.loss?.floors ?? [], wait: 0, takeover: state.takeover };
  const { floors, takeover } = owed ?? together([own, ...state.added.flatMap((each) => each.owed ?? [])]);
  if (floors.some(([each, floor]) => each === stream && compareIds(id, floor) > 0)) return true;
  if (takeover.some((each) => each.stream === stream && each.ids.includes(id))) return true;
  const book = bookOf(home.ledger, stream);
  const onTheWay = book.settled.ids.includes(id) || book.air?.ids.includes(id) === true;
  if (book.open.has(id) || book.left.has(id) || onTheWay) return true;
  if (owed !== undefined) return false;
  const track = state.tracks.find((each) => each.stream === stream);
  if (track?.backlog !== undefined && compareIds(id, track.backlog) > 0) return true;
  return performer.carries(stream, id);
}
