import type { Failure } from '../failure.js';
import type { ClosingReason, Retried } from '../notices.js';
import { together } from './adding.js';
import { queueOf } from './alone.js';
import { anchorsOf } from './anchors.js';
import type { Effect, Floors } from './effects.js';
import type { Event, Moment, TimerName, Window } from './events.js';
import { keepConsumer } from './keep-consumer.js';
import { lastClaim, lastLook, lastRead, lastTakeover, type Closing } from './last-work.js';
import { mayStillDeliver, unblocked } from './lost.js';
import { moved } from './moved.js';
import { closingAt, GRACE, readNoMore } from './reading-over.js';
import { changed, type State } from './state.js';
import { first, type Step } from './step.js';
import { leftOf } from './takeover.js';
import { ifAny, unhealedOf } from './unhealed.js';
import { withOthers } from './whole.js';

const READING_TIMERS: readonly TimerName[] = [
  'backoff',
  'quiet',
  'stall',
  'watchdog',
  'recheck',
  'claim',
  'redeliver',
  'alone',
  'unblock',
];

/** Why reading ends; with a failure, during which work. */
interface Ending {
  readonly why: ClosingReason;
  readonly failure?: Failure;
  readonly during?: Retried;
}

/** Reading ends now, whatever was going on. From here on every step leads to `closed`, within `drainTimeout` (drained: of the last movement). */
export function close(before: State, { why, failure, during }: Ending): Step {
  const { phase, plan } = before;
  if (phase.tag === 'closing' || phase.tag === 'closed') return [before, []];
  const state = { ...before, settledBeside: before.window.others?.settled };
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
  // The script has raised the counts, or will: what it takes over is given back, and counts as not delivered. So is what gets claimed.
  if (phase.tag === 'taking-over' || phase.tag === 'claiming') {
    return [closingAt(state, why, phase), [...effects, { do: 'timer', name: 'grace', ms: GRACE }]];
  }
  return first([...effects, { do: 'abandon' }], readNoMore(state, why));
}

/** CLIENT UNBLOCK was answered: that block is over. */
export function answered<S extends State>(state: S, { clientId }: Event & { type: 'unblocked' }): S {
  return state.loss === undefined || clientId === undefined ? state : changed(state, { loss: unblocked(state.loss, clientId) });
}

/** Events while closing. */
export function closing(before: Closing, event: Event, moment: Moment): Step {
  const state = event.type === 'unblocked' ? answered(before, event) : before;
  const { step } = state.phase;
  if (event.type === 'timer' && event.name === 'drain') return drained(state, moment);
  if (event.type === 'window') return counted(state, withOthers(event.window, moment), moment);
  switch (step.tag) {
    case 'reading':
      return lastRead(state, event, moment);
    case 'taking-over':
      return lastTakeover(state, step.takeover, event);
    case 'claiming':
      return lastClaim(state, event);
    case 'reconciling':
      return lastLook(state, event, moment);
    case 'settling':
      return [state, []];
    case 'parting':
      return event.type === 'parted' ? end(state, moment, []) : [state, []];
  }
}

/**
 * What a drained source has emitted is its work, which may take as long as it takes: there `drainTimeout` bounds only how long nothing
 * moves. Whoever stops it (`signal`, unsubscribing) wants an end: there it bounds all of closing.
 */
function counted(state: Closing, window: Window, moment: Moment): Step {
  const { phase, plan } = state;
  const goesOn = phase.why === 'drained' && moved(state.window, window);
  return first(
    goesOn ? [{ do: 'timer', name: 'drain', ms: plan.drainTimeout }] : [],
    settled(changed(state, { window }), moment),
  );
}

/** What this reader waits for may be behind what another one has brought, in the same pipeline. */
function drained(state: Closing, moment: Moment): Step {
  const { plan, phase, window, settledBeside } = state;
  const beside = window.others?.settled;
  if (phase.why !== 'drained' || beside === settledBeside) return end(state, moment, [{ do: 'expire' }]);
  return [changed(state, { settledBeside: beside }), [{ do: 'timer', name: 'drain', ms: plan.drainTimeout }]];
}

/** The only place that decides whether closing may go on to its end. */
function settled(state: Closing, moment: Moment): Step {
  const { why, step } = state.phase;
  const done = state.window.taken === 0 && state.window.unconfirmed === 0;
  if (step.tag !== 'settling' || !done) return [state, []];
  const { group } = state.plan;
  const leaves = group !== undefined && (group.generated || group.removeConsumer === 'when-empty');
  if (leaves && mayStillDeliver(state.loss, moment.now)) return end(state, moment, keepConsumer(state));
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
  // The next subscription suspects the dead one's block by itself.
  const loss = state.loss?.certain ? state.loss : undefined;
  const takeover = leftOf([...state.takeover, ...queueOf(state.alone)]);
  const wait = Math.max(0, (loss?.until ?? 0) - now);
  const own = { anchors: stands(state), floors: loss?.floors ?? [], wait, takeover, unhealed: ifAny(unhealedOf(state)) };
  // Streams that were to be added are left as they were found.
  const owed = together([own, ...state.added.flatMap((each) => each.owed ?? []), ...state.leaving.map((each) => each.owed)]);
  return [
    changed(state, { phase: { tag: 'closed' }, clientId: undefined }),
    [...effects, { do: 'abandon' }, { do: 'disconnect' }, { do: 'close', owed }],
  ];
}
