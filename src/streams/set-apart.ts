import { together } from './adding.js';
import { queueOf } from './alone.js';
import { anchorsOf } from './anchors.js';
import { nextRound } from './claim-round.js';
import type { Effect, Floors, Owed, Takeover } from './effects.js';
import type { Leaving } from './leaving.js';
import { SLACK } from './lost.js';
import { changed, type State } from './state.js';
import { first, type Step } from './step.js';
import { leftOf } from './takeover.js';
import { ifAny, unhealedOf } from './unhealed.js';

/** A stream that leaves is read no more from now on: nothing is out, and nothing that is still to be done may name it. */
export function setApart(state: State, one: Leaving): Step {
  const { stream } = one;
  const track = state.tracks.find((each) => each.stream === stream);
  if (track === undefined) return neverJoined(state, one);
  const stays = (each: Takeover): boolean => each.stream !== stream || each.origin === 'redelivered';
  const dropped = [...state.takeover, ...queueOf(state.alone)].filter((each) => !stays(each));
  const queue = queueOf(state.alone).filter(stays);
  const { alone } = state;
  const kept: State = {
    ...without(state, stream),
    takeover: state.takeover.filter(stays),
    alone: alone.tag === 'running' ? { ...alone, queue } : queue.length > 0 ? { tag: 'queued', queue } : { tag: 'nobody' },
  };
  // What was to be fetched could not be told from what a lost reply held: whoever reads it next fetches it first.
  const isWhole = track.backlog === undefined && dropped.length === 0;
  const [calm, effects, floors] = isWhole ? [kept, [], []] : withoutFloor(kept, stream);
  const owed: Owed = { anchors: [], floors, wait: waitOf(state), takeover: leftOf(dropped) };
  // It may have been the last stream of a round of claims.
  const round = state.claims.length > 0 && kept.claims.length === 0 ? nextRound(state.plan) : [];
  const leaving = state.leaving.map((each): Leaving => (each.stream === stream ? { stream, tag: 'apart', owed } : each));
  return [{ ...calm, leaving }, [...round, ...effects]];
}

/** What an earlier subscription left in it is left again. */
function neverJoined(state: State, { stream }: Leaving): Step {
  const asked = [...state.unjoined, ...state.added].find((each) => each.stream === stream);
  const [calm, effects, floors] = withoutFloor(without(state, stream), stream);
  const own: Owed = {
    anchors: asked?.anchor === undefined ? [] : [[stream, asked.anchor]],
    floors,
    wait: waitOf(state),
    takeover: leftOf(state.takeover.filter((each) => each.stream === stream)),
    unhealed: ifAny(unhealedOf(state).filter((each) => each === stream)),
  };
  const added = state.added.flatMap((each) => (each.stream === stream && each.owed ? [each.owed] : []));
  return first(effects, gone(calm, { stream, tag: 'apart', owed: together([own, ...added]) }));
}

/** It has left, with what is owed in it. */
export function gone(state: State, { stream, owed }: Leaving): Step {
  const anchors = [...owed.anchors, ...anchorsOf(state).filter(([name]) => name === stream)];
  const unhealed = [...(owed.unhealed ?? []), ...unhealedOf(state).filter((each) => each === stream)];
  const told: Effect[] = [
    { do: 'notice', notice: { type: 'left', stream } },
    { do: 'left', stream, owed: { ...owed, anchors, unhealed: ifAny(unhealed) } },
  ];
  const rest: State = changed(state, {
    tracks: state.tracks.filter((track) => track.stream !== stream),
    takeover: state.takeover.filter((each) => each.stream !== stream),
    leaving: state.leaving.filter((each) => each.stream !== stream),
    unhealed: state.unhealed.filter((each) => each !== stream),
  });
  return [rest, told];
}

function without(state: State, stream: string): State {
  return changed(state, {
    unjoined: state.unjoined.filter((each) => each.stream !== stream),
    added: state.added.filter((each) => each.stream !== stream),
    claims: state.claims.filter(([name]) => name !== stream),
    round: { ...state.round, busy: new Set([...state.round.busy].filter((name) => name !== stream)) },
  });
}

/** What a lost reply held of it is not looked for here. */
function withoutFloor(state: State, stream: string): [State, readonly Effect[], Floors] {
  const { loss } = state;
  const own = loss?.floors.filter(([name]) => name === stream) ?? [];
  if (loss === undefined || own.length === 0) return [state, [], []];
  const floors = loss.floors.filter(([name]) => name !== stream);
  if (floors.length > 0) return [changed(state, { loss: { ...loss, floors } }), [], own];
  return [
    changed(state, { loss: undefined }),
    [
      { do: 'watch-nacks', on: false },
      { do: 'cancel', name: 'recheck' },
    ],
    own,
  ];
}

/** The block of a lost read runs out within that time at the latest. */
function waitOf({ plan, loss }: State): number {
  return loss === undefined ? 0 : plan.timeout + SLACK;
}
