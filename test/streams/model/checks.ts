import { ok as assert } from 'node:assert';
import { bookOf, knows } from '../../../src/acks/book.js';
import { owesAcks } from '../../../src/plan.js';
import { queueOf } from '../../../src/streams/alone.js';
import { step } from '../../../src/streams/machine.js';
import { minds } from '../../../src/streams/minds.js';
import { compareIds, ZERO } from '../../../src/streams/position.js';
import type { State } from '../../../src/streams/state.js';
import { leftOf } from '../../../src/streams/takeover.js';
import { together } from '../../../src/streams/adding.js';
import type { Walk } from './walk.js';

/** Holds at every moment: the bounds of the window, and nothing stranded. */
export function check(walk: Walk): void {
  const { plan, home } = walk;
  const { held, unconfirmed, taken } = home.ledger;
  // What was nacked and comes again may pass the window by one.
  const most = plan.bufferSize + walk.mostTracks - (plan.group?.redeliver ? 0 : 1);
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
  checkMinds(walk);
  const lost = stranded(walk);
  assert(lost.length === 0, `stranded: ${lost.join(', ')}`);
}

/** A window that the machine does not mind changes nothing else. */
function checkMinds({ state, home: { window } }: Walk): void {
  const { held, unconfirmed } = window;
  const windows = [window, { ...window, held: held + 1 }, { ...window, held: 0 }, { ...window, unconfirmed: unconfirmed + 5 }];
  for (const each of windows) {
    if (minds(state, each)) continue;
    const [after, effects] = step(state, { type: 'window', window: each }, { now: 0, dice: 0 });
    const same = { ...after, window: state.window };
    const changed = (Object.keys(state) as (keyof State)[]).filter((key) => same[key] !== state[key]);
    assert(
      effects.length === 0 && changed.length === 0,
      `${state.phase.tag} minds: ${changed.join(', ')} ${JSON.stringify(effects)}`,
    );
  }
}

/** Entries that are pending under our name, and that nobody will ever look at. */
function stranded(walk: Walk): string[] {
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
  const own = {
    anchors: [],
    floors: state.loss?.floors ?? [],
    wait: 0,
    takeover: leftOf([...state.takeover, ...queueOf(state.alone)]),
  };
  const { floors, takeover } =
    owed ?? together([own, ...state.added.flatMap((each) => each.owed ?? []), ...state.leaving.map((each) => each.owed)]);
  // A stream that was made anew with smaller ids is looked through from its beginning.
  const last = walk.server.streams.get(stream)?.group?.last ?? ZERO;
  if (floors.some(([each, floor]) => each === stream && (compareIds(id, floor) > 0 || compareIds(last, floor) < 0))) return true;
  if (takeover.some((each) => each.stream === stream && each.ids.includes(id))) return true;
  const book = bookOf(home.ledger, stream);
  if (knows(book, id) || walk.adrift.has(key)) return true;
  if (owed !== undefined) return false;
  const track = state.tracks.find((each) => each.stream === stream);
  if (track?.backlog !== undefined && compareIds(id, track.backlog) > 0) return true;
  return performer.carries(stream, id);
}

/** Whatever is ours and in a stream is pending again: should the process die now, somebody will find it. */
export function checkHealed({ server, home, plan, state }: Walk): void {
  if (!owesAcks(plan)) return;
  for (const [stream, { group }] of server.streams) {
    if (group === undefined) continue;
    const unfetched = leftOf([...state.takeover, ...queueOf(state.alone)]);
    const left = unfetched.filter((each) => each.stream === stream).flatMap(({ ids }) => ids);
    const { open, waiting } = bookOf(home.ledger, stream);
    for (const id of [...open.all().map(({ id }) => id), ...waiting.keys(), ...left]) {
      assert(group.pending.has(id) || !server.has(stream, id), `${stream} ${id} is not registered`);
    }
  }
}
