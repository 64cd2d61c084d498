import type { Failure } from '../failure.js';
import type { Effect, Owed } from './effects.js';
import type { Event, Moment } from './events.js';
import { next } from './next.js';
import type { State } from './state.js';
import { first, type Step } from './step.js';

/** An UNBLOCK may overtake the read it is meant for, which travels on another connection: after that many ms it is sent once more. */
const UNBLOCK_AGAIN = 20;

/** One more stream (pull). It is joined before anything else; the block of a read that waits for an entry is ended for it. */
export function add(state: State, { stream, start, owed }: Event & { type: 'stream-added' }): Step {
  const asked: State = { ...state, added: [...state.added, { stream, start, owed }] };
  if (state.phase.tag === 'resting') return next(asked);
  const effects = interrupt(asked);
  return [asked, effects.length === 0 ? [] : [...effects, { do: 'timer', name: 'unblock', ms: UNBLOCK_AGAIN }]];
}

/** Ends the block of the read that is out, if it holds up a join. Where it cannot, the join waits for it: up to `timeout`. */
export function interrupt({ phase, added, clientId }: State): Effect[] {
  if (added.length === 0 || phase.tag !== 'reading' || phase.read.block === undefined || clientId === undefined) return [];
  return [{ do: 'unblock', clientId }];
}

/** A stream that is added is joined alone, so that it fails alone. */
export function isJoiningAdded({ phase, unjoined }: State): boolean {
  return phase.tag === 'joining' && unjoined.length === 0;
}

/** The stream is as if it had never been added. */
export function notAdded(state: State, failure: Failure): Step {
  const [refused, ...added] = state.added;
  if (refused === undefined) return [state, []];
  return first(
    [{ do: 'not-added', stream: refused.stream, owed: refused.owed, failure }],
    next({ ...state, added, phase: { tag: 'resting' }, attempt: 0 }),
  );
}

/** Streams that were added are joined: what an earlier consumer of this name left in them is ours from now on. */
export function inherit(state: State, joined: ReadonlySet<string>, { now }: Moment): Step {
  const owed = state.added.flatMap((each) => (joined.has(each.stream) && each.owed ? [each.owed] : []));
  const { floors, wait, takeover } = together(owed);
  const added = state.added.filter(({ stream }) => !joined.has(stream));
  const backlog = state.plan.group?.startFromBacklog === true;
  const heir: State = { ...state, added, takeover: backlog ? state.takeover : [...state.takeover, ...takeover] };
  if (floors.length === 0) return [heir, []];
  const { loss } = state;
  const until = Math.max(loss?.until ?? 0, now + wait);
  return [
    { ...heir, loss: { floors: [...(loss?.floors ?? []), ...floors], until, due: true } },
    loss === undefined ? [{ do: 'watch-nacks', on: true }] : [],
  ];
}

/** What is owed in several streams, each of which is in one of them only. */
export function together(owed: readonly Owed[]): Owed {
  return {
    floors: owed.flatMap(({ floors }) => floors),
    wait: Math.max(0, ...owed.map(({ wait }) => wait)),
    takeover: owed.flatMap(({ takeover }) => takeover),
  };
}
