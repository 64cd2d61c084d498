import type { ClosingReason } from '../notices.js';
import type { Plan, StreamStart } from '../plan.js';
import type { Owed, Read, Takeover } from './effects.js';
import type { Window } from './events.js';
import type { Loss } from './lost.js';
import type { Track } from './position.js';

/** A consumer, standalone or in a group, between two events. */
export interface State {
  readonly plan: Plan;
  readonly phase: Phase;
  /** Streams whose group is not known to stand yet. */
  readonly unjoined: readonly StreamStart[];
  readonly tracks: readonly Track[];
  /** The connection for reading, when it is up. */
  readonly clientId: number | undefined;
  /** A group or key was found missing, and is not yet made again. */
  readonly vanished: boolean;
  /** Replies that were lost and what they may have held. */
  readonly loss: Loss | undefined;
  /** What an earlier subscription fetched and did not settle. */
  readonly takeover: readonly Takeover[];
  readonly window: Window;
  /** Pull: a request is out. */
  readonly wanted: boolean;
  /** Failures since the last success; sets the backoff. */
  readonly attempt: number;
  /** Armed: `settled` when the timer of that name was set. */
  readonly quietSince: number | undefined;
  readonly stallSince: number | undefined;
  readonly paused: boolean;
}

export type Phase =
  | { readonly tag: 'new' }
  /** Work is out and will answer with an event. */
  | { readonly tag: 'joining' | 'connecting' | 'probing' | 'healing' | 'reconciling' | 'taking-over' }
  | { readonly tag: 'reading'; readonly read: Read }
  /** Nothing to do before room, demand, or a timer. */
  | { readonly tag: 'resting' }
  /** A backoff; then goes on with what is undone. */
  | { readonly tag: 'waiting' }
  | { readonly tag: 'closing'; readonly why: ClosingReason; readonly step: ClosingStep }
  | { readonly tag: 'closed' };

/** `reading`, `taking-over`: the last read, or takeover, is still out. `reconciling`: a lost reply is looked for. `settling`: stages work, acks are out. `parting`: the very last commands. */
export type ClosingStep =
  | { readonly tag: 'reading'; readonly read: Read }
  | { readonly tag: 'taking-over' | 'reconciling' }
  | { readonly tag: 'settling' }
  | { readonly tag: 'parting' };

const EMPTY: Window = { held: 0, taken: 0, unconfirmed: 0, settled: 0, failing: false };

export function initial(plan: Plan, owed: Owed | undefined): State {
  return {
    plan,
    phase: { tag: 'new' },
    unjoined: plan.streams,
    tracks: [],
    clientId: undefined,
    vanished: false,
    // `until` is counted from `start`: nobody has a clock before.
    loss: owed && owed.floors.length > 0 ? { floors: owed.floors, until: owed.wait, due: true } : undefined,
    // The backlog brings all of it anyway.
    takeover: plan.group?.startFromBacklog ? [] : (owed?.takeover ?? []),
    window: EMPTY,
    wanted: false,
    attempt: 0,
    quietSince: undefined,
    stallSince: undefined,
    paused: false,
  };
}
