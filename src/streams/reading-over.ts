import type { ClosingReason } from '../notices.js';
import { queueOf } from './alone.js';
import type { Effect, Takeover } from './effects.js';
import { changed, type ClosingStep, type State } from './state.js';
import { first, type Step } from './step.js';

/** How long the last read may take to come back after CLIENT UNBLOCK, before its connection is cut (and its reply reconciled). */
export const GRACE = 1_000;

export function closingAt(state: State, why: ClosingReason, step: ClosingStep): State {
  return changed(state, { phase: { tag: 'closing', why, step } });
}

/** Nothing is read any more. What a lost reply held is looked for once, to be given back: nobody else would know of it. */
export function readNoMore(state: State, why: ClosingReason): Step {
  const released: Effect[] = [
    { do: 'cancel', name: 'grace' },
    { do: 'cancel', name: 'unblock' },
    { do: 'disconnect' },
    ...[...state.takeover, ...queueOf(state.alone)].filter(isClaimed).map(notBegun),
  ];
  const left: State = changed(state, {
    clientId: undefined,
    takeover: state.takeover.filter((each) => !isClaimed(each)),
    alone: { tag: 'queued', queue: queueOf(state.alone).filter((each) => !isClaimed(each)) },
  });
  if (state.loss === undefined || hasMorePending(state)) return first(released, settle(left, why));
  return [
    closingAt(left, why, { tag: 'reconciling' }),
    [...released, { do: 'timer', name: 'grace', ms: GRACE }, { do: 'reconcile', floors: state.loss.floors, most: Infinity }],
  ];
}

/** Claimed, and not fetched yet: back, so that others need not wait until it is idle again. */
function isClaimed({ origin }: Takeover): boolean {
  return origin === 'claimed';
}

export function notBegun({ stream, entries }: Takeover): Effect {
  return { do: 'release', batch: { stream, entries: entries.map(({ id, count }) => ({ id, pairs: [], attempt: count })) } };
}

/** More than a lost reply is pending and not held: the next subscription tells it apart, this one would take away its count. */
function hasMorePending({ unjoined, tracks, takeover, alone }: State): boolean {
  return (
    unjoined.length > 0 || takeover.length > 0 || queueOf(alone).length > 0 || tracks.some((track) => track.backlog !== undefined)
  );
}

/** Wait for the stages and for the acks. What the ledger counts may have changed meanwhile, so ask. */
export function settle(state: State, why: ClosingReason): Step {
  return [closingAt(state, why, { tag: 'settling' }), [{ do: 'cancel', name: 'grace' }, { do: 'count' }]];
}
