import type { Effect } from './effects.js';
import type { Batch, Event, Moment } from './events.js';
import { looked } from './lost.js';
import { next } from './next.js';
import { emitted } from './reading.js';
import { seen } from './seen.js';
import type { State } from './state.js';
import { first, type Step } from './step.js';
import { remaining } from './takeover.js';

/** One look for the entries of lost replies is done. */
export function reconciled(state: State, { found, more }: Event & { type: 'reconciled' }, moment: Moment): Step {
  if (state.loss === undefined) return [state, []];
  const loss = more ? state.loss : looked(state.loss, moment.now);
  const effects: Effect[] = found.map(recovered('lost-reply'));
  if (loss === undefined) effects.push({ do: 'watch-nacks', on: false });
  else if (!loss.due) effects.push({ do: 'timer', name: 'recheck', ms: Math.max(1, loss.until - moment.now) });
  return goOn({ ...state, loss, tracks: state.tracks.map(seen(found)), attempt: 0 }, found, effects);
}

/** Entries of an earlier subscription are ours again; those that did not come are somebody else's by now. */
export function tookOver(state: State, { stream, asked, found }: Event & { type: 'took-over' }): Step {
  const takeover = remaining(state.takeover, { stream, asked });
  return goOn({ ...state, takeover, attempt: 0 }, [found], [found].map(recovered('takeover')));
}

function recovered(after: 'lost-reply' | 'takeover') {
  return ({ stream, entries }: Batch): Effect => ({
    do: 'notice',
    notice: { type: 'recovered', stream, ids: entries.filter(({ pairs }) => pairs !== null).map(({ id }) => id), after },
  });
}

function goOn(state: State, found: readonly Batch[], effects: readonly Effect[]): Step {
  const filled = found.filter((batch) => batch.entries.length > 0);
  const told = effects.filter(
    (effect) => effect.do !== 'notice' || effect.notice.type !== 'recovered' || effect.notice.ids.length > 0,
  );
  const resting: State = { ...state, phase: { tag: 'resting' } };
  return first(told, filled.length === 0 ? next(resting) : emitted(resting, filled, 'recovered'));
}
