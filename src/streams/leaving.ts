import { queueOf } from './alone.js';
import { claimRound } from './claim-round.js';
import type { Effect, Owed } from './effects.js';
import type { Event } from './events.js';
import { interrupt, resume } from './resume.js';
import { gone, setApart } from './set-apart.js';
import { changed, type State } from './state.js';
import { first, type Step } from './step.js';

const NOTHING: Owed = { anchors: [], floors: [], wait: 0, takeover: [] };

/**
 * A stream that is to be read no more, while others are: what is held of it is worked off, what was nacked comes again, and then it has
 * left.
 */
export interface Leaving {
  readonly stream: string;
  readonly tag: LeavingTag;
  /** Pending entries of ours that are not fetched any more, for whoever reads it next under this name. */
  readonly owed: Owed;
}

/**
 * - `asked`: a read of it may be out.
 * - `apart`: no read names it any more; a lost reply may have had entries of it, or some come again.
 * - `working`: what is held of it is worked off.
 */
type LeavingTag = 'asked' | 'apart' | 'working';

/** The block of a read that waits is ended for it. */
export function leave(state: State, { stream }: Event & { type: 'stream-left' }): Step {
  if (state.leaving.some((each) => each.stream === stream)) return [state, []];
  return interrupt(changed(state, { leaving: [...state.leaving, { stream, tag: 'asked', owed: NOTHING }] }));
}

/**
 * It is wanted again before it has left: it goes on where it stands. Where something of it was still to be fetched it leaves all the same,
 * and what is owed comes with the next join.
 */
export function stay(state: State, { stream }: Event & { type: 'stream-stays' }): Step {
  const back = state.leaving.find((each) => each.stream === stream);
  if (back === undefined || (back.tag !== 'asked' && !isWhole(state, back))) return [state, []];
  return interrupt(claimRound(changed(state, { leaving: state.leaving.filter((each) => each !== back) })));
}

/** All that was to be fetched of it was. */
function isWhole({ tracks }: State, { stream, owed }: Leaving): boolean {
  const backlog = tracks.some((track) => track.stream === stream && track.backlog !== undefined);
  return !backlog && owed.takeover.length === 0;
}

/** Nothing is held of it, and nothing is on its way to Redis. */
export function workedOff(state: State, { stream }: Event & { type: 'worked-off' }): Step {
  const one = state.leaving.find((each) => each.stream === stream && each.tag === 'working');
  if (one === undefined) return [state, []];
  if (mayStillCome(state, stream)) return resume(tagged(state, one, 'apart'));
  const [left, told] = gone(state, one);
  return first(told, resume(left));
}

/** Before anything else is begun: how far each of them has come. Undefined: nothing is to be done for any. */
export function leaveOff(before: State): Step | undefined {
  let state = before;
  const effects: Effect[] = [];
  for (const { stream, tag } of before.leaving) {
    if (tag === 'working') continue;
    const asked = state.leaving.find((each) => each.stream === stream && each.tag === 'asked');
    if (asked !== undefined) {
      const [apart, told] = setApart(state, asked);
      state = apart;
      effects.push(...told);
    }
    const apart = state.leaving.find((each) => each.stream === stream && each.tag === 'apart');
    if (apart === undefined || mayStillCome(state, stream)) continue;
    state = tagged(state, apart, 'working');
    effects.push({ do: 'work-off', stream });
  }
  return state === before ? undefined : [state, effects];
}

/** Entries of it that no read brings: a lost reply had them, or they were nacked. */
function mayStillCome({ loss, waiting, takeover, alone }: State, stream: string): boolean {
  return (
    loss?.floors.some(([name]) => name === stream) === true ||
    [...waiting, ...takeover, ...queueOf(alone)].some((each) => each.stream === stream)
  );
}

function tagged(state: State, one: Leaving, tag: LeavingTag): State {
  return changed(state, { leaving: state.leaving.map((each) => (each.stream === one.stream ? { ...one, tag } : each)) });
}
