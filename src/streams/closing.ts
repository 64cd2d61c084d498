import type { Failure } from '../failure.js';
import type { ClosingReason, Retried } from '../notices.js';
import { anchorsOf } from './anchors.js';
import { breakConnection } from './broken.js';
import type { Effect, Floors } from './effects.js';
import type { Batch, Event, Moment, TimerName } from './events.js';
import { withoutGone } from './gone.js';
import { keepConsumer } from './keep-consumer.js';
import { looked, mayStillDeliver, unblocked } from './lost.js';
import { seen } from './seen.js';
import type { ClosingStep, State } from './state.js';
import { first, type Step } from './step.js';
import { remaining } from './takeover.js';

/** How long the last read may take to come back after CLIENT UNBLOCK, before its connection is cut (and its reply reconciled). */
const GRACE = 1_000;
/** CLIENT UNBLOCK that came before the read had blocked is sent again after that many ms. */
const UNBLOCK_AGAIN = 20;

const READING_TIMERS: readonly TimerName[] = ['backoff', 'quiet', 'stall', 'watchdog', 'recheck'];

/** Why reading ends; with a failure, during which work. */
interface Ending {
  readonly why: ClosingReason;
  readonly failure?: Failure;
  readonly during?: Retried;
}

/** Reading ends now, whatever was going on. From here on every step leads to `closed`, within `drainTimeout`. */
export function close(state: State, { why, failure, during }: Ending): Step {
  const { phase, plan } = state;
  if (phase.tag === 'closing' || phase.tag === 'closed') return [state, []];
  const effects: Effect[] = [
    ...READING_TIMERS.map((name) => ({ do: 'cancel', name }) as const),
    { do: 'notice', notice: { type: 'closing', why } },
    { do: 'timer', name: 'drain', ms: plan.drainTimeout },
  ];
  // Only a subscriber that is still there can be told.
  if (why !== 'unsubscribed') effects.push({ do: 'end', why, ...(failure && { failure }), ...(during && { during }) });
  if (phase.tag === 'reading') {
    effects.push({ do: 'timer', name: 'grace', ms: GRACE });
    if (phase.read.block !== undefined && state.clientId !== undefined) effects.push({ do: 'unblock', clientId: state.clientId });
    return [closingAt(state, why, { tag: 'reading', read: phase.read }), effects];
  }
  // The script has raised the counts, or will: what it takes over is given back, and counts as not delivered.
  if (phase.tag === 'taking-over') {
    return [closingAt(state, why, { tag: 'taking-over' }), [...effects, { do: 'timer', name: 'grace', ms: GRACE }]];
  }
  return first([...effects, { do: 'abandon' }], readNoMore(state, why));
}

function closingAt(state: State, why: ClosingReason, step: ClosingStep): State {
  return { ...state, phase: { tag: 'closing', why, step } };
}

/** Nothing is read any more. What a lost reply held is looked for once, to be given back: nobody else would know of it. */
function readNoMore(state: State, why: ClosingReason): Step {
  const released: Effect[] = [{ do: 'cancel', name: 'grace' }, { do: 'cancel', name: 'unblock' }, { do: 'disconnect' }];
  const left: State = { ...state, clientId: undefined };
  if (state.loss === undefined || hasMorePending(state)) return first(released, settle(left, why));
  return [
    closingAt(left, why, { tag: 'reconciling' }),
    [...released, { do: 'timer', name: 'grace', ms: GRACE }, { do: 'reconcile', floors: state.loss.floors, most: Infinity }],
  ];
}

/** More than a lost reply is pending and not held: the next subscription tells it apart, this one would take away its count. */
function hasMorePending({ unjoined, tracks, takeover }: State): boolean {
  return unjoined.length > 0 || takeover.length > 0 || tracks.some((track) => track.backlog !== undefined);
}

/** Wait for the stages and for the acks. What the ledger counts may have changed meanwhile, so ask. */
function settle(state: State, why: ClosingReason): Step {
  return [closingAt(state, why, { tag: 'settling' }), [{ do: 'cancel', name: 'grace' }, { do: 'count' }]];
}

/** CLIENT UNBLOCK was answered: that block is over. */
export function answered<S extends State>(state: S, { clientId }: Event & { type: 'unblocked' }): S {
  return state.loss === undefined || clientId === undefined ? state : { ...state, loss: unblocked(state.loss, clientId) };
}

/** Events while closing. */
export function closing(before: State & { phase: { tag: 'closing' } }, event: Event, moment: Moment): Step {
  const state = event.type === 'unblocked' ? answered(before, event) : before;
  const { step } = state.phase;
  if (event.type === 'timer' && event.name === 'drain') return end(state, moment, [{ do: 'expire' }]);
  if (event.type === 'window') return settled({ ...state, window: event.window }, moment);
  switch (step.tag) {
    case 'reading':
      return lastRead(state, event, moment);
    case 'taking-over':
      return lastTakeover(state, event);
    case 'reconciling':
      return lastLook(state, event, moment);
    case 'settling':
      return [state, []];
    case 'parting':
      return event.type === 'parted' ? end(state, moment, []) : [state, []];
  }
}

function lastRead(state: State & { phase: { tag: 'closing' } }, event: Event, moment: Moment): Step {
  const { why } = state.phase;
  if (event.type === 'replied') {
    const tracks = state.tracks.map(seen(event.replies));
    return first(giveBack(state, event.replies), readNoMore({ ...state, tracks }, why));
  }
  if (event.type === 'failed' && event.failure.kind !== 'lost') return readNoMore(state, why);
  if (event.type === 'failed' || event.type === 'unblock-refused' || (event.type === 'timer' && event.name === 'grace')) {
    const [broken, effects] = breakConnection(state, moment);
    return first([{ do: 'abandon' }, ...effects], readNoMore(broken, why));
  }
  if (event.type === 'unblocked' && !event.was) return [state, [{ do: 'timer', name: 'unblock', ms: UNBLOCK_AGAIN }]];
  if (event.type === 'timer' && event.name === 'unblock' && state.clientId !== undefined) {
    return [state, [{ do: 'unblock', clientId: state.clientId }]];
  }
  return [state, []];
}

function lastTakeover(state: State & { phase: { tag: 'closing' } }, event: Event): Step {
  const { why } = state.phase;
  if (event.type === 'took-over') {
    const takeover = remaining(state.takeover, event);
    return first(giveBack(state, [event.found]), readNoMore({ ...state, takeover }, why));
  }
  if (event.type === 'failed') return readNoMore(state, why);
  if (event.type === 'timer' && event.name === 'grace') return first([{ do: 'abandon' }], readNoMore(state, why));
  return [state, []];
}

/** What is not found in time, or not yet delivered, the next subscription under this name looks for. */
function lastLook(state: State & { phase: { tag: 'closing' } }, event: Event, { now }: Moment): Step {
  const { why } = state.phase;
  if (event.type === 'reconciled') {
    const loss = state.loss && looked(state.loss, now);
    return first(giveBack(state, event.found), settle({ ...state, loss, tracks: state.tracks.map(seen(event.found)) }, why));
  }
  if (event.type === 'failed') return settle(state, why);
  if (event.type === 'timer' && event.name === 'grace') return first([{ do: 'abandon' }], settle(state, why));
  return [state, []];
}

function giveBack(state: State, batches: readonly Batch[]): Effect[] {
  return batches.flatMap((batch) => {
    const { here, effects } = withoutGone(state, batch);
    return [...effects, { do: 'release', batch: here } as const];
  });
}

/** The only place that decides whether closing may go on to its end. */
function settled(state: State & { phase: { tag: 'closing' } }, moment: Moment): Step {
  const { why, step } = state.phase;
  const done = state.window.taken === 0 && state.window.unconfirmed === 0;
  if (step.tag !== 'settling' || !done) return [state, []];
  if (state.plan.group?.generated === true && mayStillDeliver(state.loss, moment.now))
    return end(state, moment, keepConsumer(state));
  return [closingAt(state, why, { tag: 'parting' }), [{ do: 'part', streams: state.tracks.map(({ stream }) => stream) }]];
}

/** The caller's client has ended: nothing can be confirmed or given back any more, so nothing is waited for. */
export function cutOff(state: State, moment: Moment, failure: Failure): Step {
  const lastWords: Effect[] =
    state.phase.tag === 'closing'
      ? []
      : [
          { do: 'notice', notice: { type: 'closing', why: 'error' } },
          { do: 'end', why: 'error', failure },
        ];
  // The acks first: their error has the ids.
  return end(state, moment, [{ do: 'expire' }, ...lastWords]);
}

/** Where we stood in each group, also in one that this subscription did not come to join. */
function stands(state: State): Floors {
  const { plan, unjoined } = state;
  if (plan.group === undefined) return [];
  const before = unjoined.flatMap(({ stream, anchor }) => (anchor === undefined ? [] : [[stream, anchor] as const]));
  return [...anchorsOf(state), ...before];
}

function end(state: State, { now }: Moment, effects: readonly Effect[]): Step {
  const { loss, takeover } = state;
  const owed = { anchors: stands(state), floors: loss?.floors ?? [], wait: Math.max(0, (loss?.until ?? 0) - now), takeover };
  return [
    { ...state, phase: { tag: 'closed' }, clientId: undefined },
    [...effects, { do: 'abandon' }, { do: 'disconnect' }, { do: 'close', owed }],
  ];
}
