import { close } from './closing.js';
import type { Origin } from '../entry.js';
import type { Effect, Read } from './effects.js';
import type { Batch, Event } from './events.js';
import { admit, withoutSpent } from './admission.js';
import { afterAdmission } from './after-admission.js';
import { turnPage } from './backlog.js';
import { withoutGone } from './gone.js';
import { next } from './next.js';
import { compareIds, type Track } from './position.js';
import type { State } from './state.js';
import { first, type Step } from './step.js';

/** A read came back. What it brought is emitted; the next read is decided after that, when the window is counted anew. */
export function replied(state: State, replies: readonly Batch[]): Step {
  if (state.phase.tag !== 'reading') return [state, []];
  const { read } = state.phase;
  const fresh: State = { ...state, attempt: 0, phase: { tag: 'resting' } };
  const calm: Effect = { do: 'cancel', name: 'watchdog' };
  return first([calm], read.kind === 'backlog' ? backlogPage(fresh, read, replies) : livePage(fresh, replies));
}

function livePage(state: State, replies: readonly Batch[]): Step {
  const filled = replies.filter((reply) => reply.entries.length > 0);
  if (filled.length === 0) return nothing(state);
  const tracks = state.tracks.map((track) => advance(track, filled));
  return emitted({ ...state, tracks, empty: false }, filled, 'fresh');
}

function advance(track: Track, replies: readonly Batch[]): Track {
  const last = replies.find((reply) => reply.stream === track.stream)?.entries.at(-1);
  // A stream that was made anew gives smaller ids: they are where we stand now.
  return last === undefined || compareIds(last.id, track.read) === 0 ? track : { ...track, read: last.id };
}

/** Nothing fresh: the end for a drained source, unless entries of ours may still turn up. */
function nothing(state: State): Step {
  if (state.plan.demand === 'pull') return [{ ...state, wanted: false }, [{ do: 'nothing' }]];
  if (state.plan.until !== 'drained') return next(state);
  const empty = { ...state, empty: true };
  if (!isAccounted(empty)) return next(empty);
  if (state.loss === undefined) return close(state, { why: 'drained' });
  // The recheck's timer is set, and it goes on from there; or it rang while the read was out.
  return state.loss.due ? next(state) : [state, []];
}

/** Nothing of ours may still come: neither what is claimed or waits, nor what is held and may be nacked. */
function isAccounted(state: State): boolean {
  const mayComeAgain = state.plan.group?.redeliver === undefined ? 0 : state.window.held + state.waiting.length;
  return mayComeAgain + state.takeover.length + state.claims.length === 0;
}

function backlogPage(state: State, { from, count }: Read, replies: readonly Batch[]): Step {
  const ids = new Map(replies.map(({ stream, entries }) => [stream, entries.map(({ id }) => id)]));
  const { tracks, done } = turnPage(state.tracks, { from, count, ids });
  const filled = replies.filter((reply) => reply.entries.length > 0);
  const after = { ...state, tracks };
  if (filled.length === 0) return first(done, next(after));
  const [emitting, effects] = emitted(after, filled, 'backlog');
  return [emitting, [...effects, ...done]];
}

/** A page of our backlog was looked at, and nothing of it delivered yet: `backlog-done` may come before the last of it is emitted. */
export function lookedBack(state: State, { pages }: Event & { type: 'looked-back' }): Step {
  if (state.phase.tag !== 'looking-back') return [state, []];
  const { from, count } = state.phase;
  const ids = new Map(pages.map(({ stream, rows }) => [stream, rows.map(({ id }) => id)]));
  const { tracks, done } = turnPage(state.tracks, { from, count, ids });
  let admitted: State = { ...state, tracks, attempt: 0, phase: { tag: 'resting' } };
  const dead: Effect[] = [];
  for (const page of pages) {
    const [more, spent] = admit(admitted, page, 'backlog');
    admitted = more;
    dead.push(...spent);
  }
  return first(done, afterAdmission(admitted, dead));
}

/** Emit what is still in the stream, ack away what is not, count, and go on from there. */
export function emitted(state: State, batches: readonly Batch[], origin: Origin): Step {
  const effects: Effect[] = [];
  let some = false;
  for (const batch of batches) {
    const { here: present, effects: away } = withoutGone(state, batch);
    const { here, effects: spent } = withoutSpent(state, present);
    effects.push(...away, ...spent);
    if (here.entries.length > 0) effects.push({ do: 'emit', batch: here, origin });
    some ||= here.entries.length > 0;
  }
  effects.push({ do: 'count' });
  return [{ ...state, wanted: state.wanted && !some }, effects];
}
