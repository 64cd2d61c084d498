import { close } from './closing.js';
import type { Effect } from './effects.js';
import type { Event } from './events.js';
import { next, WITHIN } from './next.js';
import { endsAt } from './position.js';
import { isRecalled, readCameBack } from './recall.js';
import { changed, type State } from './state.js';
import { first, type Step } from './step.js';

/** Nothing was found behind where we stand: do the streams still end there? (In a group Redis tells by itself when one goes.) */
export function probe(state: State): Step {
  return [
    changed(state, { phase: { tag: 'probing' } }),
    [
      { do: 'timer', name: 'watchdog', ms: WITHIN },
      { do: 'probe', streams: state.tracks.map(({ stream }) => stream) },
    ],
  ];
}

/** A stream that was deleted or made anew is read from its beginning; otherwise there is nothing indeed. */
export function probed(state: State, { at }: Event & { type: 'probed' }): Step {
  const last = new Map(at.map((each) => [each.stream, each.last]));
  const told: Effect[] = [{ do: 'cancel', name: 'watchdog' }];
  const tracks = state.tracks.map((track) => {
    if (!last.has(track.stream)) return track;
    const now = endsAt(track, last.get(track.stream));
    if (now.read !== track.read) {
      const { stream, read } = track;
      told.push({ do: 'notice', notice: { type: 'restarted', stream, read, last: last.get(stream) } });
    }
    return now;
  });
  const seen: State = changed(state, { tracks, attempt: 0, phase: { tag: 'resting' } });
  return first(told, told.length > 1 ? next(seen) : nothing(seen));
}

/** Nothing fresh: the end for a drained source, unless entries of ours may still turn up. */
export function nothing(state: State): Step {
  // The block was ended for a stream that is to be joined: the request waits on, and for that one too.
  if (state.added.length > 0) return next(state);
  if (isRecalled(state)) return next(readCameBack(state));
  if (state.plan.demand === 'pull') return first([{ do: 'nothing' }], next(changed(state, { wanted: false })));
  const empty = changed(state, { empty: true });
  if (state.plan.until !== 'drained') return next(empty);
  if (!isAccounted(empty)) return next(empty);
  if (state.loss === undefined) return close(state, { why: 'drained' });
  // The recheck's timer is set, and it goes on from there; or it rang while the read was out.
  return state.loss.due ? next(state) : [state, []];
}

/** Nothing of ours may still come: neither what is claimed or waits, nor what is held and may be nacked. */
function isAccounted(state: State): boolean {
  const mayComeAgain = state.plan.group?.redeliver === undefined ? 0 : state.window.held + state.waiting.length;
  return mayComeAgain + state.takeover.length + state.claims.length === 0;
}
