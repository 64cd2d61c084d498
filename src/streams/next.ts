import { owesAcks } from '../plan.js';
import { anchorsOf } from './anchors.js';
import { credit, QUIET, room } from './credit.js';
import type { Read } from './effects.js';
import type { Track } from './position.js';
import type { State } from './state.js';
import { first, type Step } from './step.js';

/** A takeover is asked for in pages, so that no script holds the server for long. */
const TAKEOVER_PAGE = 500;

/** Twice the block, because Redis starts it anew when it processes a blocked client again, and 2 s for the reply to travel. */
export function watchdog(read: Read): number {
  return read.block === undefined ? 10_000 : 2 * read.block + 2_000;
}

/**
 * What to do now: the first thing in this list that is undone. Everything comes back here, after a success as after a backoff,
 * so an interrupted consumer resumes what it left.
 */
export function next(state: State, { quiet = false } = {}): Step {
  const { plan } = state;
  if (state.unjoined.length > 0) {
    return [{ ...state, phase: { tag: 'joining' } }, [{ do: 'join', streams: state.unjoined }]];
  }
  if (plan.demand === 'pull' && !state.wanted) return rest(state);
  if (state.vanished) {
    return [{ ...state, phase: { tag: 'healing' } }, [{ do: 'heal', anchors: anchorsOf(state), takeover: state.takeover }]];
  }
  if (state.clientId === undefined) return [{ ...state, phase: { tag: 'connecting' } }, [{ do: 'connect' }]];
  const most = plan.demand === 'pull' ? 1 + plan.bufferSize : room(state);
  const [takeover] = state.takeover;
  if (takeover !== undefined) {
    if (most <= 0) return full(state);
    const ids = takeover.ids.slice(0, Math.min(most, TAKEOVER_PAGE));
    return [{ ...state, phase: { tag: 'taking-over' } }, [{ do: 'take-over', stream: takeover.stream, ids }]];
  }
  const history = state.tracks.filter((track) => track.backlog !== undefined);
  // What was taken over and what the backlog brings is pending too: a lost reply is told from them once we hold them.
  if (state.loss?.due && history.length === 0) {
    if (most <= 0) return full(state);
    return [{ ...state, phase: { tag: 'reconciling' } }, [{ do: 'reconcile', floors: state.loss.floors, most }]];
  }
  return readOn(state, history, quiet);
}

function readOn(state: State, history: readonly Track[], quiet: boolean): Step {
  const tracks = history.length > 0 ? history : state.tracks;
  const said = credit(state, { streams: tracks.length, quiet });
  if (said.say === 'full') return full(state);
  if (said.say === 'quiet') {
    if (state.quietSince !== undefined) return rest(state);
    return first([{ do: 'timer', name: 'quiet', ms: QUIET }], rest({ ...state, quietSince: state.window.settled }));
  }
  const { timeout } = state.plan;
  const read: Read =
    history.length > 0
      ? { kind: 'backlog', from: history.map((t) => [t.stream, t.backlog ?? t.floor]), count: said.count, block: undefined }
      : {
          kind: 'live',
          from: tracks.map((t) => [t.stream, state.plan.group === undefined ? t.read : '>']),
          count: said.count,
          block: timeout > 0 ? timeout : undefined,
        };
  return [
    { ...state, phase: { tag: 'reading', read } },
    [
      { do: 'timer', name: 'watchdog', ms: watchdog(read) },
      { do: 'read', read },
    ],
  ];
}

function rest(state: State): Step {
  return [state.phase.tag === 'resting' ? state : { ...state, phase: { tag: 'resting' } }, []];
}

/** No room: from now on somebody watches that it does not stay so. */
function full(state: State): Step {
  if (state.plan.demand === 'pull' || !countsEntries(state) || state.stallSince !== undefined) return rest(state);
  const armed = { ...state, stallSince: state.window.settled };
  return first([{ do: 'timer', name: 'stall', ms: state.plan.stallAfter }], rest(armed));
}

/** Somebody has to settle what is emitted; elsewhere only a stage of ours can hold it. */
function countsEntries({ plan }: State): boolean {
  return owesAcks(plan) || plan.settle === 'manual';
}
