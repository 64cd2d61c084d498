import type { Failure } from '../failure.js';
import type { Owed } from './effects.js';
import type { Event, Moment } from './events.js';
import { next } from './next.js';
import { interrupt } from './resume.js';
import { changed, recovering, type State } from './state.js';
import { first, type Step } from './step.js';
import { ifAny } from './unhealed.js';

/** One more stream. It is joined before anything else; the block of a read that waits for an entry is ended for it. */
export function add(state: State, { stream, start, owed }: Event & { type: 'stream-added' }): Step {
  const anchor = new Map(owed?.anchors).get(stream);
  const asked: State = changed(state, { added: [...state.added, { stream, start, anchor, owed }] });
  // Where one is awaited already, that block is being ended: a second CLIENT UNBLOCK could end the next one.
  return state.added.length > 0 ? [asked, []] : interrupt(asked);
}

/** Pull: a stream that is added is joined alone, so that it fails alone. */
export function isJoiningAdded({ phase, unjoined, plan }: State): boolean {
  return plan.demand === 'pull' && phase.tag === 'joining' && unjoined.length === 0;
}

/** The stream is as if it had never been added. */
export function notAdded(state: State, failure: Failure): Step {
  const [refused, ...added] = state.added;
  if (refused === undefined) return [state, []];
  return first(
    [{ do: 'not-added', stream: refused.stream, owed: refused.owed, failure }],
    next(changed(state, { added, phase: { tag: 'resting' }, attempt: 0 })),
  );
}

/** Streams that were added are joined: what an earlier consumer of this name left in them is ours from now on. */
export function inherit(state: State, joined: ReadonlySet<string>, { now }: Moment): Step {
  const {
    floors,
    wait,
    takeover,
    unhealed = [],
  } = together(state.added.flatMap((each) => (joined.has(each.stream) && each.owed ? [each.owed] : [])));
  const added = state.added.filter(({ stream }) => !joined.has(stream));
  const heir: State = changed(state, {
    added,
    takeover: [...state.takeover, ...takeover.map(recovering)],
    unhealed: [...state.unhealed, ...unhealed],
  });
  if (floors.length === 0) return [heir, []];
  const { loss } = state;
  const inherited = {
    floors: [...(loss?.floors ?? []), ...floors],
    until: Math.max(loss?.until ?? 0, now + wait),
    due: true,
    blocked: [...(loss?.blocked ?? []), undefined],
    certain: true,
  };
  return [{ ...heir, loss: inherited }, loss === undefined ? [{ do: 'watch-nacks', on: true }] : []];
}

/** What is owed in several streams, each of which is in one of them only. */
export function together(owed: readonly Owed[]): Owed {
  return {
    anchors: owed.flatMap(({ anchors }) => anchors),
    floors: owed.flatMap(({ floors }) => floors),
    wait: Math.max(0, ...owed.map(({ wait }) => wait)),
    takeover: owed.flatMap(({ takeover }) => takeover),
    unhealed: ifAny(owed.flatMap(({ unhealed = [] }) => unhealed)),
  };
}
