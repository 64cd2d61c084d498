import type { ClosingReason } from '../notices.js';
import type { Plan } from '../plan.js';
import type { Alone } from './alone.js';
import type { Leaving } from './leaving.js';
import type { Floors, Left, Owed, Read, Takeover, Unjoined } from './effects.js';
import type { Window } from './events.js';
import type { Loss } from './lost.js';
import type { Track } from './position.js';
import type { Recall } from './recall.js';
import { NEW_ROUND, type Part, type Round } from './round.js';
import type { Waiting } from './waiting.js';

/** A consumer, standalone or in a group, between two events. */
export interface State {
  readonly plan: Plan;
  readonly phase: Phase;
  /** Streams whose group is not known to stand yet. */
  readonly unjoined: readonly Unjoined[];
  /** Streams that are to be joined beside those; pull: each for itself. */
  readonly added: readonly Added[];
  readonly tracks: readonly Track[];
  /** Streams that are to be read no more. */
  readonly leaving: readonly Leaving[];
  /** The connection for reading, when it is up. */
  readonly clientId: number | undefined;
  /** A group or key was found missing, and is not yet made again. */
  readonly vanished: boolean;
  /** Streams where an earlier subscription did not come to the end of that. */
  readonly unhealed: readonly string[];
  /** Replies that were lost and what they may have held. */
  readonly loss: Loss | undefined;
  /** Pending entries of ours that are to be fetched: left by an earlier subscription, claimed, or due again. */
  readonly takeover: readonly Takeover[];
  readonly alone: Alone;
  /** What is left of the present round of claims: streams, each with the id to look on after. */
  readonly claims: Floors;
  /** Nacked, and to be delivered again; the next first. */
  readonly waiting: readonly Waiting[];
  /** The last read of fresh entries found nothing. */
  readonly empty: boolean;
  readonly round: Round;
  readonly window: Window;
  /** Pull: a request is out. */
  readonly wanted: boolean;
  /** Pull: a read that waits is being ended, because another reader has answered. What of it is still awaited. */
  readonly recall: Recall | undefined;
  /** Failures since the last success; sets the backoff. */
  readonly attempt: number;
  /** Closing: what the other readers had settled when the timer `drain` was set. */
  readonly settledBeside: number | undefined;
  /** Armed: `settled` when the timer of that name was set. */
  readonly quietSince: number | undefined;
  readonly stallSince: number | undefined;
  readonly paused: 'acks' | 'redelivery' | undefined;
}

/** A stream, and what an earlier consumer of this name left in it. */
interface Added extends Unjoined {
  readonly owed: Owed | undefined;
}

type Phase =
  | { readonly tag: 'new' }
  /** Work is out and will answer with an event. */
  | { readonly tag: 'joining' | 'connecting' | 'probing' | 'healing' }
  /** `since`: when the look was asked for; what the server delivers later it cannot show. */
  | { readonly tag: 'reconciling'; readonly since?: number }
  | { readonly tag: 'claiming' }
  | { readonly tag: 'looking-back'; readonly from: Floors; readonly count: number }
  | { readonly tag: 'taking-over'; readonly takeover: Takeover }
  /** `part`: of the streams, where it is live. */
  | { readonly tag: 'reading'; readonly read: Read; readonly part: Part }
  /** Nothing to do before room, demand, or a timer. */
  | { readonly tag: 'resting' }
  /** A backoff; then goes on with what is undone. */
  | { readonly tag: 'waiting' }
  | { readonly tag: 'closing'; readonly why: ClosingReason; readonly step: ClosingStep }
  | { readonly tag: 'closed' };

/** `reading`, `claiming`, `taking-over`: the last of these is still out. `reconciling`: a lost reply is looked for. `settling`: stages work, acks are out. `parting`: the very last commands. */
export type ClosingStep =
  | { readonly tag: 'reading'; readonly read: Read }
  | { readonly tag: 'taking-over'; readonly takeover: Takeover }
  | { readonly tag: 'claiming' }
  | { readonly tag: 'reconciling'; readonly since?: number }
  | { readonly tag: 'settling' }
  | { readonly tag: 'parting' };

const EMPTY: Window = { held: 0, taken: 0, unconfirmed: 0, settled: 0, failing: false };

export function initial(plan: Plan, owed: Owed | undefined): State {
  const anchors = new Map(owed?.anchors);
  return {
    plan,
    phase: { tag: 'new' },
    unjoined: plan.streams.map((each) => ({ ...each, anchor: anchors.get(each.stream) })),
    added: [],
    tracks: [],
    leaving: [],
    clientId: undefined,
    vanished: false,
    unhealed: owed?.unhealed ?? [],
    // `until` is counted from `start`: nobody has a clock before.
    loss:
      owed && owed.floors.length > 0
        ? { floors: owed.floors, until: owed.wait, due: true, blocked: [undefined], certain: true }
        : undefined,
    takeover: (owed?.takeover ?? []).map(recovering),
    alone: { tag: 'nobody' },
    claims: [],
    waiting: [],
    empty: false,
    round: NEW_ROUND,
    window: EMPTY,
    wanted: false,
    recall: undefined,
    attempt: 0,
    settledBeside: undefined,
    quietSince: undefined,
    stallSince: undefined,
    paused: undefined,
  };
}

/** What an earlier subscription left, as the next one fetches it. */
export function recovering({ stream, ids }: Left): Takeover {
  return { stream, origin: 'recovered', entries: ids.map((id) => ({ id, count: 0 })) };
}

/**
 * The state with that in place. Copied field by field: V8 makes a shape of its own for what each spread copies, and then every access to a
 * state is one to many shapes.
 */
export function changed<S extends State, Change extends Partial<State>>(state: S, by: Change): S & Change {
  return Object.assign(copied(state) as S, by);
}

function copied(state: State): State {
  return {
    plan: state.plan,
    phase: state.phase,
    unjoined: state.unjoined,
    added: state.added,
    tracks: state.tracks,
    leaving: state.leaving,
    clientId: state.clientId,
    vanished: state.vanished,
    unhealed: state.unhealed,
    loss: state.loss,
    takeover: state.takeover,
    alone: state.alone,
    claims: state.claims,
    waiting: state.waiting,
    empty: state.empty,
    round: state.round,
    window: state.window,
    wanted: state.wanted,
    recall: state.recall,
    attempt: state.attempt,
    settledBeside: state.settledBeside,
    quietSince: state.quietSince,
    stallSince: state.stallSince,
    paused: state.paused,
  };
}
