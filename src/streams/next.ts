import { mostDeliveries } from '../plan.js';
import { queueOf, settledAlone } from './alone.js';
import { anchorsOf } from './anchors.js';
import { credit, room } from './credit.js';
import type { Read, Takeover } from './effects.js';
import { leaveOff } from './leaving.js';
import type { Track } from './position.js';
import { readTracks } from './read-tracks.js';
import { aside, full, rest, tooManyWait, withoutCredit } from './resting.js';
import { nextPart, SLICE, WORTH, type Part } from './round.js';
import { changed, recovering, type State } from './state.js';
import { first, type Step } from './step.js';
import { toComeAgain } from './waiting.js';
import { whole } from './whole.js';

/** Pending entries are fetched and claimed in pages, so that no command holds the server for long. */
const PAGE = 500;

/** ms within which a command that does not block has to be answered. */
export const WITHIN = 10_000;

/** Twice the block, because Redis starts it anew when it processes a blocked client again, and 2 s for the reply to travel. */
export function watchdog(read: Read): number {
  return read.block === undefined ? WITHIN : 2 * read.block + 2_000;
}

/**
 * What to do now: the first thing in this list that is undone. Everything comes back here, after a success as after a backoff,
 * so an interrupted consumer resumes what it left.
 */
export function next(state: State, { quiet = false } = {}): Step {
  const { plan } = state;
  const leaving = leaveOff(state);
  if (leaving !== undefined) return first(leaving[1], next(leaving[0], { quiet }));
  if (state.unjoined.length > 0) {
    return [changed(state, { phase: { tag: 'joining' } }), [{ do: 'join', streams: state.unjoined }]];
  }
  if (state.added.length > 0) {
    const added = plan.demand === 'pull' ? state.added.slice(0, 1) : state.added;
    const streams = added.map(({ stream, start, anchor }) => ({ stream, start, anchor }));
    return [changed(state, { phase: { tag: 'joining' } }), [{ do: 'join', streams }]];
  }
  if (state.tracks.length === 0 || (plan.demand === 'pull' && !state.wanted)) return rest(state);
  if (state.vanished) {
    const left = state.leaving.flatMap(({ owed }) => owed.takeover.map(recovering));
    const takeover = [...state.takeover, ...queueOf(state.alone), ...left];
    return [changed(state, { phase: { tag: 'healing' } }), [{ do: 'heal', anchors: anchorsOf(state), takeover }]];
  }
  if (state.clientId === undefined) return [changed(state, { phase: { tag: 'connecting' } }), [{ do: 'connect' }]];
  const most = plan.demand === 'pull' ? 1 + plan.bufferSize : room(state);
  const alone = settledAlone(state);
  if (alone !== state.alone) return next(changed(state, { alone }), { quiet });
  if (state.window.others?.goFirst) return rest(state);
  if (alone.tag === 'running') return aside(state);
  if (alone.tag === 'starting') return most <= 0 ? full(state) : takeOver(state, alone.one);
  const [takeover] = state.takeover;
  if (takeover !== undefined) {
    if (most <= 0) return crowded(state);
    return takeOver(state, { ...takeover, entries: takeover.entries.slice(0, Math.min(most, PAGE)) });
  }
  if (alone.tag === 'queued') {
    const [one, ...queue] = alone.queue;
    // What waits to come again would run beside it, or a stage keep this one behind it (`ackAfter({ key })`).
    const runs = whole(state.window).held + toComeAgain(state) + (state.window.others?.comingAgain ?? 0);
    if (one === undefined || runs > 0) return aside(state);
    if (most <= 0) return full(state);
    return takeOver(changed(state, { alone: { tag: 'starting', one, queue } }), one);
  }
  const history = readTracks(state).filter((track) => track.backlog !== undefined);
  if (history.length > 0) return backlog(state, history, quiet);
  // What was taken over and what the backlog brings is pending too: a lost reply is told from them once we hold them.
  if (state.loss?.due) {
    if (most <= 0) return full(state);
    return [changed(state, { phase: { tag: 'reconciling' } }), [{ do: 'reconcile', floors: state.loss.floors, most }]];
  }
  return claimOrRead(state, most, quiet);
}

function takeOver(state: State, takeover: Takeover): Step {
  return [changed(state, { phase: { tag: 'taking-over', takeover } }), [{ do: 'take-over', takeover }]];
}

/**
 * No room, and entries are due. All that the window holds may be behind one of them in a stage (`ackAfter({ key })`), and nothing else would
 * ever make room: so what was nacked passes the window by one.
 */
function crowded(state: State): Step {
  const { takeover, tracks, plan } = state;
  const { held, unconfirmed } = whole(state.window);
  const due = takeover.find(({ origin }) => origin === 'redelivered');
  const passes = held < plan.bufferSize + Math.max(1, tracks.length) && unconfirmed <= plan.bufferSize;
  if (due === undefined || !passes) return full(state);
  return takeOver(state, { ...due, entries: due.entries.slice(0, 1) });
}

/** Our own pending entries. Where deliveries are bounded they are looked at before they are delivered again. */
function backlog(state: State, history: readonly Track[], quiet: boolean): Step {
  // Of many streams some come first: COUNT is 1 at least, so one page of all of them could pass the window by far.
  const some = state.plan.demand === 'pull' ? history : history.slice(0, Math.max(SLICE, room(state)));
  const said = credit(state, { streams: some.length, quiet });
  if (said.say !== 'read') return withoutCredit(state, said);
  const from = some.map((track) => [track.stream, track.backlog ?? track.floor] as const);
  if (mostDeliveries(state.plan) === Infinity) return read(state, { kind: 'backlog', from, count: said.count, block: undefined });
  return [
    changed(state, { phase: { tag: 'looking-back', from, count: said.count } }),
    [{ do: 'look-back', from, count: said.count }],
  ];
}

function claimOrRead(state: State, most: number, quiet: boolean): Step {
  const { plan, claims } = state;
  const [due] = claims;
  if (due !== undefined && plan.group?.claim !== undefined) {
    if (most <= 0) return full(state);
    const { minIdle } = plan.group.claim;
    const [stream, after] = due;
    return [
      changed(state, { phase: { tag: 'claiming' } }),
      [{ do: 'claim', stream, after, minIdle, most: Math.min(most, PAGE) }],
    ];
  }
  const again = toComeAgain(state);
  if (again >= (plan.group?.redeliver?.maxWaiting ?? Infinity)) return tooManyWait(state, again);
  // What is held may be nacked and come again: a drained source has not ended yet.
  if (state.empty && plan.until === 'drained' && plan.group?.redeliver !== undefined && state.window.held + again > 0)
    return rest(state);
  const tracks = readTracks(state);
  if (tracks.length === 0) return rest(state);
  const { part, of } = plan.demand === 'pull' ? ({ part: 'all', of: tracks } as const) : nextPart(state.round, tracks, most);
  const said = credit(state, { streams: of.length, quiet });
  if (said.say !== 'read') return withoutCredit(state, said);
  const from = of.map((track) => [track.stream, plan.group === undefined ? track.read : '>'] as const);
  return read(state, { kind: 'live', from, ...patience(state, said.count, part) }, part);
}

/**
 * Only a read of all streams may wait. One reader waits with all the room there is. Where more is to be had, it does not, so that acks can go behind
 * the read: of a window that is worth it, because who looks in vain looks twice. Of several readers each takes that much only while it finds
 * something; a read that waits asks for one, so that the silent ones leave the room to whoever needs it.
 */
function patience({ plan, window, empty, round }: State, count: number, part: Part): Pick<Read, 'count' | 'block'> {
  const block = plan.timeout > 0 && part === 'all' ? plan.timeout : undefined;
  if (plan.demand === 'pull' || block === undefined) return { count, block };
  const isOne = window.others === undefined;
  const looks = isOne ? plan.group !== undefined && count >= WORTH && round.busy.size > 0 : !empty;
  return looks ? { count, block: undefined } : { count: isOne ? count : 1, block };
}

function read(state: State, what: Read, part: Part = 'all'): Step {
  return [
    changed(state, { phase: { tag: 'reading', read: what, part } }),
    [
      { do: 'timer', name: 'watchdog', ms: watchdog(what) },
      { do: 'read', read: what },
    ],
  ];
}
