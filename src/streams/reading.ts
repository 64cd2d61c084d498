import type { Effect, Read } from './effects.js';
import type { Batch } from './events.js';
import { withoutGone } from './gone.js';
import { next } from './next.js';
import { compareIds, highest, ZERO, type Track } from './position.js';
import { nothing, probe } from './probing.js';
import type { State } from './state.js';
import { first, type Step } from './step.js';

/** A read came back. What it brought is emitted; the next read is decided after that, when the window is counted anew. */
export function replied(state: State, replies: readonly Batch[]): Step {
  if (state.phase.tag !== 'reading') return [state, []];
  const { read } = state.phase;
  const fresh: State = { ...state, attempt: 0, phase: { tag: 'resting' } };
  const calm: Effect = { do: 'cancel', name: 'watchdog' };
  if (read.kind === 'backlog') return first([calm], backlogPage(fresh, read, replies));
  const filled = replies.filter((reply) => reply.entries.length > 0);
  if (filled.length > 0) return first([calm], livePage(fresh, filled));
  // Failures of the probe go on counting where those of the read left off.
  return first([calm], state.plan.group === undefined ? probe(state) : nothing(fresh));
}

function livePage(state: State, filled: readonly Batch[]): Step {
  const tracks = state.tracks.map((track) => advance(track, filled));
  return emitted({ ...state, tracks }, filled, 'fresh');
}

function advance(track: Track, replies: readonly Batch[]): Track {
  const last = replies.find((reply) => reply.stream === track.stream)?.entries.at(-1);
  // A stream that was made anew gives smaller ids: they are where we stand now.
  if (last === undefined || compareIds(last.id, track.read) === 0) return track;
  // From the beginning nothing can be behind us, whatever the end was once.
  return { ...track, read: last.id, end: track.read === ZERO ? last.id : highest(track.end, last.id) };
}

/** A page shorter than asked for ends the backlog of its stream; none goes live before all are empty. */
function backlogPage(state: State, read: Read, replies: readonly Batch[]): Step {
  const done: Effect[] = [];
  const tracks = state.tracks.map((track) => {
    if (!read.from.some(([stream]) => stream === track.stream)) return track;
    const entries = replies.find((reply) => reply.stream === track.stream)?.entries ?? [];
    const count = track.backlogCount + entries.length;
    if (entries.length >= read.count) return { ...track, backlog: entries.at(-1)?.id, backlogCount: count };
    done.push({ do: 'notice', notice: { type: 'backlog-done', stream: track.stream, count } });
    return { ...track, backlog: undefined, backlogCount: count };
  });
  const filled = replies.filter((reply) => reply.entries.length > 0);
  const after = { ...state, tracks };
  if (filled.length === 0) return first(done, next(after));
  const [emitting, effects] = emitted(after, filled, 'backlog');
  return [emitting, [...effects, ...done]];
}

/** Emit what is still in the stream, ack away what is not, count, and go on from there. */
export function emitted(state: State, batches: readonly Batch[], origin: 'fresh' | 'backlog' | 'recovered'): Step {
  const effects: Effect[] = [];
  let some = false;
  for (const batch of batches) {
    const { here, effects: away } = withoutGone(state, batch);
    effects.push(...away);
    if (here.entries.length > 0) effects.push({ do: 'emit', batch: here, origin });
    some ||= here.entries.length > 0;
  }
  effects.push({ do: 'count' });
  return [{ ...state, wanted: state.wanted && !some }, effects];
}
