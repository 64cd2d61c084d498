import type { Origin } from '../entry.js';
import type { Effect, Read } from './effects.js';
import type { Batch, Event } from './events.js';
import { admit, withoutSpent } from './admission.js';
import { afterAdmission } from './after-admission.js';
import { turnPage } from './backlog.js';
import { withoutGone } from './gone.js';
import { standingAt } from './lost.js';
import { next } from './next.js';
import { compareIds, highest, standing, ZERO, type Track } from './position.js';
import { nothing, probe } from './probing.js';
import { readCameBack } from './recall.js';
import { isThrough, wentOn } from './round.js';
import { changed, type State } from './state.js';
import { first, type Step } from './step.js';

const CALM: Effect = { do: 'cancel', name: 'watchdog' };

const RESTING = { tag: 'resting' } as const satisfies State['phase'];

/** A read came back. What it brought is emitted; the next read is decided after that, when the window is counted anew. */
export function replied(state: State, replies: readonly Batch[]): Step {
  if (state.phase.tag !== 'reading') return [state, []];
  const { read, part } = state.phase;
  if (read.kind === 'backlog') return calmly(backlogPage(changed(state, { attempt: 0, phase: RESTING }), read, replies));
  const filled = replies.filter((reply) => reply.entries.length > 0);
  const round = wentOn(state.round, { part, from: read.from, count: read.count, replies: filled }, state.tracks.length);
  const empty = part !== 'all' && isThrough(round);
  if (filled.length > 0) {
    const { tracks, loss } = reached(state, filled);
    return livePage(changed(state, { attempt: 0, phase: RESTING, tracks, loss, round, empty }), read, filled);
  }
  // Others may have something.
  if (part !== 'all') return calmly(next(changed(state, { attempt: 0, phase: RESTING, round, empty })));
  // Of several readers each looks without waiting first, and then looks again.
  if (read.block === undefined && state.plan.timeout > 0)
    return calmly(next(changed(state, { attempt: 0, phase: RESTING, round, empty: true })));
  // Failures of the probe go on counting where those of the read left off.
  return calmly(
    state.plan.group === undefined
      ? probe(changed(state, { round }))
      : nothing(changed(state, { attempt: 0, phase: RESTING, round, empty })),
  );
}

function calmly(then: Step): Step {
  return first([CALM], then);
}

/** Where the streams stand then. */
function reached({ tracks, loss }: State, filled: readonly Batch[]): Pick<State, 'tracks' | 'loss'> {
  const lastOf = new Map<string, string>();
  for (const { stream, entries } of filled) lastOf.set(stream, entries.at(-1)?.id ?? ZERO);
  return {
    tracks: tracks.map((track) => advance(track, lastOf.get(track.stream))),
    // Smaller ids than when a reply got lost: it may have been the first of them.
    loss: loss && standingAt(loss, lastOf),
  };
}

function livePage(state: State, { count }: Read, filled: readonly Batch[]): Step {
  const [emitting, effects] = emitted(state, filled, 'fresh');
  // Behind what it brought, which waits for no timer.
  if (filled.every(({ entries }) => entries.length < count)) return [emitting, [...effects, CALM]];
  // The next page travels while this one is worked on, and has a watchdog of its own.
  return calmly([emitting, moreBehind(effects)]);
}

/** Each knows how many come behind it. */
function moreBehind(effects: readonly Effect[]): Effect[] {
  let behind = 0;
  const knowing = effects.toReversed().map((effect) => {
    if (effect.do !== 'emit') return effect;
    const more = { ...effect, behind };
    behind += effect.batch.entries.length;
    return more;
  });
  return knowing.reverse();
}

function advance(track: Track, last: string | undefined): Track {
  if (last === undefined) return track;
  const order = compareIds(last, track.read);
  // A stream that was made anew gives smaller ids: they are where we stand now.
  if (order === 0) return track;
  // From the beginning nothing can be behind us, whatever the end was once; and we mostly stand at the end.
  const isEnd = track.read === ZERO || (order > 0 && track.end === track.read);
  return standing(track, { read: last, end: isEnd ? last : highest(track.end, last) });
}

function backlogPage(state: State, { from, count }: Read, replies: readonly Batch[]): Step {
  const ids = new Map(replies.map(({ stream, entries }) => [stream, entries.map(({ id }) => id)]));
  const { tracks, done } = turnPage(state.tracks, { from, count, ids });
  const filled = replies.filter((reply) => reply.entries.length > 0);
  const after = changed(state, { tracks });
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
  let admitted: State = changed(state, { tracks, attempt: 0, phase: RESTING });
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
  const after = readCameBack(state);
  return [after.wanted && some ? { ...after, wanted: false } : after, effects];
}
