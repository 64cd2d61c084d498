import { backoff } from '../backoff.js';
import type { Failure } from '../failure.js';
import type { Retried } from '../notices.js';
import { isJoiningAdded, notAdded } from './adding.js';
import { breakConnection } from './broken.js';
import { close } from './closing.js';
import type { Effect } from './effects.js';
import type { Moment } from './events.js';
import { next } from './next.js';
import { changed, type State } from './state.js';
import { first, type Step } from './step.js';
import { leftOf } from './takeover.js';

/** The work that was out failed: heal, try again after a backoff (50 ms to 5 s), or give up. */
export function failed(state: State, failure: Failure, moment: Moment): Step {
  const { plan, phase } = state;
  if (failure.kind === 'fatal' && phase.tag === 'taking-over' && phase.takeover.origin === 'recovered')
    return skipTakeover(state, failure);
  const missing = failure.kind === 'heal' && plan.group !== undefined;
  const refused = failure.kind === 'fatal' || (missing && plan.group?.createFrom === undefined);
  if (refused && isJoiningAdded(state)) return notAdded(state, failure);
  if (refused) {
    return close(changed(state, { phase: { tag: 'resting' } }), { why: 'error', failure, during: work(state) });
  }
  const attempt = state.attempt + 1;
  const delay = backoff(attempt, moment.dice);
  const [left, effects] = withoutConnection(state, failure, moment);
  return [
    { ...left, phase: { tag: 'waiting' }, attempt, vanished: left.vanished || missing, recall: undefined },
    [
      ...(phase.tag === 'reading' || phase.tag === 'probing' ? [{ do: 'cancel', name: 'watchdog' } as const] : []),
      ...effects,
      { do: 'notice', notice: { type: 'retrying', what: work(state), attempt, delay, error: failure.error } },
      { do: 'timer', name: 'backoff', ms: delay },
    ],
  ];
}

/** The watchdog rang. What is out on the connection for reading may have been done; another connection will tell. */
export function hung(state: State, moment: Moment): Step {
  const { phase } = state;
  if (phase.tag !== 'reading' && phase.tag !== 'probing') return [state, []];
  const what =
    phase.tag === 'reading'
      ? `A read did not come back in time (BLOCK ${phase.read.block ?? 'none'})`
      : 'XINFO STREAM did not come back in time';
  const error = new Error(`${what}: the connection is replaced.`);
  return first([{ do: 'abandon' }], failed(state, { kind: 'lost', word: '', error }, moment));
}

/** Work on the connection for reading. */
const ON_READER: ReadonlySet<State['phase']['tag']> = new Set(['connecting', 'reading', 'probing']);

/**
 * A lost connection may have lost a reply as well. A server that says no for now is left too: after a failover the old master would
 * say READONLY for ever, and a new connection finds the new one. It has answered, so nothing is lost.
 */
function withoutConnection(state: State, { kind }: Failure, moment: Moment): Step {
  if (!ON_READER.has(state.phase.tag) || kind === 'heal') return [state, []];
  return kind === 'lost' ? breakConnection(state, moment) : [changed(state, { clientId: undefined }), [{ do: 'disconnect' }]];
}

/** No right to run scripts, most likely: those entries stay pending for the next backlog, and that is no reason not to read on. */
function skipTakeover(state: State, { error }: Failure): Step {
  const left = state.takeover.filter(({ origin }) => origin === 'recovered');
  const told = leftOf(left).map((each): Effect => ({ do: 'notice', notice: { type: 'not-taken-over', ...each, error } }));
  return first(told, next(changed(state, { takeover: state.takeover.filter((each) => !left.includes(each)) })));
}

const WORK: Partial<Record<State['phase']['tag'], Retried>> = {
  joining: 'join',
  connecting: 'connect',
  probing: 'probe',
  healing: 'heal',
  reconciling: 'reconcile',
  'taking-over': 'take-over',
  'looking-back': 'look-back',
  claiming: 'claim',
};

function work({ phase }: State): Retried {
  return WORK[phase.tag] ?? 'read';
}
