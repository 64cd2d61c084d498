import { add, inherit } from './adding.js';
import { claimRound } from './claim-round.js';
import { claimed } from './claiming.js';
import { answered, close, closing, cutOff } from './closing.js';
import { watchDeadBlock } from './dead-block.js';
import type { Effect, Takeover } from './effects.js';
import type { Event, Moment } from './events.js';
import { failed } from './failing.js';
import { leave, stay, workedOff } from './leaving.js';
import { standingAt } from './lost.js';
import { next } from './next.js';
import { counted } from './pausing.js';
import { joinTrack, lowest, ZERO } from './position.js';
import { probed } from './probing.js';
import { lookedBack, replied } from './reading.js';
import { reconciled, tookOver } from './recovering.js';
import { recalled, unblockAnswered } from './recall.js';
import { again, resume } from './resume.js';
import { rang } from './ringing.js';
import { changed, type State } from './state.js';
import { first, type Step } from './step.js';
import { nacked } from './waiting.js';
import { withOthers } from './whole.js';

/** One step of a consumer: pure, and total over every event in every phase. What makes no sense in a phase changes nothing. */
export function step(state: State, event: Event, moment: Moment): Step {
  const now = moment.others === undefined ? state : changed(state, { window: withOthers(state.window, moment) });
  const [after, effects] = stepped(now, event, moment);
  return [effects.some((effect) => effect.do === 'reconcile') ? lookedAt(after, moment) : after, effects];
}

/** A look shows what was pending when it was asked for, however late its answer comes. */
function lookedAt(state: State, { now: since }: Moment): State {
  const { phase } = state;
  if (phase.tag === 'reconciling') return changed(state, { phase: { tag: 'reconciling', since } });
  if (phase.tag !== 'closing' || phase.step.tag !== 'reconciling') return state;
  return changed(state, { phase: { ...phase, step: { tag: 'reconciling', since } } });
}

function stepped(state: State, event: Event, moment: Moment): Step {
  const { phase } = state;
  if (phase.tag === 'closed') return [state, []];
  if (event.type === 'ended') return cutOff(state, moment, event.failure);
  if (phase.tag === 'closing') return closing(changed(state, { phase }), event, moment);
  switch (event.type) {
    case 'start':
      return phase.tag === 'new' ? start(state, moment) : [state, []];
    case 'stop':
      return close(state, { why: event.why });
    case 'joined':
      return phase.tag === 'joining' ? joined(state, event, moment) : [state, []];
    case 'connected':
      return phase.tag === 'connecting' ? connected(state, event) : [state, []];
    case 'healed':
      return phase.tag === 'healing' ? healed(state, event) : [state, []];
    case 'replied':
      return replied(state, event.replies);
    case 'probed':
      return phase.tag === 'probing' ? probed(state, event) : [state, []];
    case 'reconciled':
      return phase.tag === 'reconciling' ? reconciled(state, event, moment) : [state, []];
    case 'took-over':
      return tookOver(state, event);
    case 'looked-back':
      return lookedBack(state, event);
    case 'claimed':
      return phase.tag === 'claiming' ? claimed(state, event) : [state, []];
    case 'nacked':
      return nacked(state, event, moment);
    case 'failed':
      return isWorking(state) ? failed(state, event.failure, moment) : [state, []];
    case 'undecodable':
    case 'ack-refused':
      return close(state, { why: 'error', failure: event.failure });
    case 'window':
      return counted(changed(state, { window: withOthers(event.window, moment) }));
    case 'timer':
      return rang(state, event.name, moment);
    case 'wanted':
      return resume(changed(state, { wanted: true }));
    case 'unwanted':
      return recalled(state);
    case 'stream-added':
      return add(state, event);
    case 'stream-left':
      return leave(state, event);
    case 'stream-stays':
      return stay(state, event);
    case 'worked-off':
      return workedOff(state, event);
    case 'unblocked':
      return event.was
        ? [unblockAnswered(answered(state, event), { again: false }), []]
        : again(unblockAnswered(answered(state, event), { again: true }));
    case 'unblock-refused':
      return [unblockAnswered(state, { again: false }), []];
    case 'parted':
      return [state, []];
  }
}

function connected(state: State, { clientId, reader }: Event & { type: 'connected' }): Step {
  return first(reader ? [{ do: 'notice', notice: { type: 'connected', reader } }] : [], next(changed(state, { clientId })));
}

function isWorking({ phase: { tag } }: State): boolean {
  return tag !== 'new' && tag !== 'resting' && tag !== 'waiting';
}

/** A loss that an earlier subscription left is looked for with the nacks of this one told apart. */
function start(state: State, moment: Moment): Step {
  if (state.loss === undefined) return next(state);
  const loss = { ...state.loss, until: moment.now + state.loss.until };
  return first([{ do: 'watch-nacks', on: true }], next(changed(state, { loss })));
}

function joined(state: State, { at }: Event & { type: 'joined' }, moment: Moment): Step {
  const { group, checkpoint } = state.plan;
  const effects: Effect[] = [];
  const tracks = [...state.tracks];
  const starts = new Map([...state.unjoined, ...state.added].map((each) => [each.stream, each]));
  for (const { stream, from, created, missing = false } of at) {
    const start = starts.get(stream);
    if (start === undefined) continue;
    // What a checkpoint stored is where it begins, not the start that was asked for: the stream has had that id.
    const asked = checkpoint === undefined ? start : { stream, start: undefined };
    tracks.push(joinTrack(asked, from, { backlog: group?.startFromBacklog === true && !missing }));
    const named = group && { group: group.name, consumer: group.consumer, generated: group.generated, created };
    effects.push({ do: 'notice', notice: { type: 'joined', stream, from, ...named } });
    // It went with the group.
    if (missing && group?.startFromBacklog) effects.push({ do: 'notice', notice: { type: 'backlog-done', stream, count: 0 } });
  }
  const names = new Set(at.map(({ stream }) => stream));
  const unjoined = state.unjoined.filter(({ stream }) => !names.has(stream));
  const vanished = at.filter(({ missing }) => missing).map(({ stream }) => stream);
  const [heir, inherited] = inherit(state, names, moment);
  // A backlog brings all of it anyway, unless it went with the group, and is not registered again.
  const unhealed = heir.unhealed.filter((stream) => names.has(stream));
  const mayBeGone = new Set([...vanished, ...unhealed]);
  const inBacklog = ({ stream }: Takeover): boolean => names.has(stream) && !mayBeGone.has(stream);
  const takeover = group?.startFromBacklog ? heir.takeover.filter((each) => !inBacklog(each)) : heir.takeover;
  const gone = state.vanished || mayBeGone.size > 0;
  const [watching, watch] = watchDeadBlock(heir, at, moment);
  const told = [...inherited, ...effects, ...watch];
  const loss = watching.loss && standingAt(watching.loss, new Map(at.map(({ stream, from }) => [stream, from])));
  return first(told, next(claimRound({ ...watching, loss, tracks, unjoined, takeover, vanished: gone, attempt: 0 })));
}

function healed(state: State, { at }: Event & { type: 'healed' }): Step {
  const from = new Map(at.map((each) => [each.stream, each.from]));
  // Lower, where all of it is read again, or ids begin anew; higher, where another consumer has made the group again and read on.
  const standing = (stream: string, id: string): string => lowest(from.get(stream) ?? id, id);
  const tracks = state.tracks.map((track) => ({ ...track, read: standing(track.stream, track.read) }));
  // A lost reply may have held any of its entries up to there.
  const floors = state.loss?.floors.map(([stream, floor]) => [stream, standing(stream, floor) === floor ? floor : ZERO] as const);
  const loss = state.loss && floors && { ...state.loss, floors };
  // Registered again, it is part of the backlog that is still to be read.
  const brought = new Set(tracks.filter(({ backlog }) => backlog !== undefined).map(({ stream }) => stream));
  const again = new Set(state.unhealed.filter((stream) => from.has(stream) && brought.has(stream)));
  const takeover = again.size === 0 ? state.takeover : state.takeover.filter(({ stream }) => !again.has(stream));
  const unhealed = state.unhealed.filter((stream) => !from.has(stream));
  return next(changed(state, { tracks, loss, takeover, unhealed, vanished: false, attempt: 0 }));
}
