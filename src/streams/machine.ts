import { close, closing, cutOff } from './closing.js';
import { credit, room } from './credit.js';
import { watchDeadBlock } from './dead-block.js';
import type { Effect } from './effects.js';
import type { Event, Moment, TimerName, Window } from './events.js';
import { failed } from './failing.js';
import { next } from './next.js';
import { joinTrack } from './position.js';
import { replied } from './reading.js';
import { reconciled, tookOver } from './recovering.js';
import type { State } from './state.js';
import { first, type Step } from './step.js';

/** One step of a consumer: pure, and total over every event in every phase. What makes no sense in a phase changes nothing. */
export function step(state: State, event: Event, moment: Moment): Step {
  const { phase } = state;
  if (phase.tag === 'closed') return [state, []];
  if (event.type === 'ended') return cutOff(state, moment, event.failure);
  if (phase.tag === 'closing') return closing({ ...state, phase }, event, moment);
  switch (event.type) {
    case 'start':
      return phase.tag === 'new' ? start(state, moment) : [state, []];
    case 'stop':
      return close(state, { why: event.why });
    case 'joined':
      return phase.tag === 'joining' ? joined(state, event, moment) : [state, []];
    case 'connected':
      return phase.tag === 'connecting' ? next({ ...state, clientId: event.clientId }) : [state, []];
    case 'healed':
      return phase.tag === 'healing' ? healed(state, event) : [state, []];
    case 'replied':
      return replied(state, event.replies);
    case 'reconciled':
      return phase.tag === 'reconciling' ? reconciled(state, event, moment) : [state, []];
    case 'took-over':
      return phase.tag === 'taking-over' ? tookOver(state, event) : [state, []];
    case 'failed':
      return isWorking(state) ? failed(state, event.failure, moment) : [state, []];
    case 'undecodable':
    case 'ack-refused':
      return close(state, { why: 'error', failure: event.failure });
    case 'window':
      return counted(state, event.window);
    case 'timer':
      return rang(state, event.name, moment);
    case 'wanted':
      return resume({ ...state, wanted: true });
    case 'stream-added':
      return resume({ ...state, unjoined: [...state.unjoined, { stream: event.stream, start: event.start }] });
    case 'unblocked':
    case 'unblock-refused':
    case 'parted':
      return [state, []];
  }
}

function isWorking({ phase: { tag } }: State): boolean {
  return tag !== 'new' && tag !== 'resting' && tag !== 'waiting';
}

/** A loss that an earlier subscription left is looked for with the nacks of this one told apart. */
function start(state: State, moment: Moment): Step {
  if (state.loss === undefined) return next(state);
  const loss = { ...state.loss, until: moment.now + state.loss.until };
  return first([{ do: 'watch-nacks', on: true }], next({ ...state, loss }));
}

function resume(state: State): Step {
  return state.phase.tag === 'resting' ? next(state) : [state, []];
}

function joined(state: State, { at }: Event & { type: 'joined' }, moment: Moment): Step {
  const { group } = state.plan;
  const effects: Effect[] = [];
  const tracks = [...state.tracks];
  for (const { stream, from, created } of at) {
    const start = state.unjoined.find((each) => each.stream === stream);
    if (start === undefined) continue;
    tracks.push(joinTrack(start, from, { backlog: group?.startFromBacklog === true }));
    const named = group && { group: group.name, consumer: group.consumer, generated: group.generated, created };
    effects.push({ do: 'notice', notice: { type: 'joined', stream, from, ...named } });
  }
  const names = new Set(at.map(({ stream }) => stream));
  const unjoined = state.unjoined.filter(({ stream }) => !names.has(stream));
  const [waiting, watching] = watchDeadBlock(state, at, moment);
  return first([...effects, ...watching], next({ ...waiting, tracks, unjoined, attempt: 0 }));
}

function healed(state: State, { at }: Event & { type: 'healed' }): Step {
  const from = new Map(at.map((each) => [each.stream, each.from]));
  const tracks = state.tracks.map((track) => ({ ...track, read: from.get(track.stream) ?? track.read }));
  // What a lost reply held is never above where the group begins now.
  const floors = state.loss?.floors.map(([stream, floor]) => [stream, from.get(stream) ?? floor] as const);
  const loss = state.loss && floors && { ...state.loss, floors };
  return next({ ...state, tracks, loss, vanished: false, attempt: 0 });
}

/** The ledger counted: tell when acks hold up reading, and go on if it was the window that we waited for. */
function counted(state: State, window: Window): Step {
  const told: State = { ...state, window };
  const stuck = window.failing && room(told) <= 0;
  if (stuck && !state.paused) {
    const notice: Effect = { do: 'notice', notice: { type: 'paused', why: 'acks', unconfirmed: window.unconfirmed } };
    return first([notice], resume({ ...told, paused: true }));
  }
  if (!window.failing && state.paused)
    return first([{ do: 'notice', notice: { type: 'resumed' } }], resume({ ...told, paused: false }));
  return resume(told);
}

function rang(state: State, name: TimerName, moment: Moment): Step {
  switch (name) {
    case 'backoff':
      return state.phase.tag === 'waiting' ? next(state) : [state, []];
    case 'quiet': {
      const quiet = state.quietSince === state.window.settled;
      const disarmed: State = { ...state, quietSince: undefined };
      return state.phase.tag === 'resting' ? next(disarmed, { quiet }) : [disarmed, []];
    }
    case 'stall':
      return stalled(state);
    case 'recheck': {
      const due: State = { ...state, loss: state.loss && { ...state.loss, due: true } };
      return resume(due);
    }
    case 'watchdog': {
      if (state.phase.tag !== 'reading') return [state, []];
      const error = new Error(
        `A read did not come back in time (BLOCK ${state.phase.read.block ?? 'none'}): the connection is replaced.`,
      );
      const [failedOver, effects] = failed(state, { kind: 'lost', word: '', error }, moment);
      return [failedOver, [{ do: 'abandon' }, ...effects]];
    }
    case 'unblock':
    case 'grace':
    case 'drain':
      return [state, []];
  }
}

/** The window was full when the timer was set. Is it still, with nothing settled since and nobody at work? */
function stalled(state: State): Step {
  const { window, plan } = state;
  const disarmed: State = { ...state, stallSince: undefined };
  const full = credit(state, { streams: 1, quiet: true }).say === 'full';
  if (!full || state.phase.tag !== 'resting') return [disarmed, []];
  const stuck = window.settled === state.stallSince && window.taken === 0 && window.held >= plan.bufferSize;
  return first(stuck ? [{ do: 'stalled', since: plan.stallAfter }] : [], next(disarmed));
}
