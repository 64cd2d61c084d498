import type { Origin } from '../entry.js';
import { started } from './alone.js';
import type { Effect } from './effects.js';
import type { Batch, Event, Moment } from './events.js';
import { looked } from './lost.js';
import { next } from './next.js';
import { emitted } from './reading.js';
import { seen } from './seen.js';
import { changed, type State } from './state.js';
import { first, type Step } from './step.js';
import { remaining } from './takeover.js';

/** One look for the entries of lost replies is done. */
export function reconciled(state: State, { found, more }: Event & { type: 'reconciled' }, moment: Moment): Step {
  if (state.loss === undefined) return [state, []];
  const loss = more ? state.loss : looked(state.loss, sinceOf(state) ?? moment.now);
  const effects: Effect[] = found.map(recovered('lost-reply'));
  if (loss === undefined) effects.push({ do: 'watch-nacks', on: false });
  else if (!loss.due) effects.push({ do: 'timer', name: 'recheck', ms: Math.max(1, loss.until - moment.now) });
  // Finding nothing is no success: where one read after the other is lost, only a reply lets the backoff begin anew.
  const attempt = found.some(({ entries }) => entries.length > 0) ? 0 : state.attempt;
  return goOn(
    changed(state, { loss, attempt, tracks: state.tracks.map(seen(found, state.loss.floors)) }),
    found,
    effects,
    'recovered',
  );
}

function sinceOf({ phase }: State): number | undefined {
  return phase.tag === 'reconciling' ? phase.since : undefined;
}

/** What was asked for by id is ours and delivered anew; those that did not come are somebody else's by now. */
export function tookOver(state: State, { found }: Event & { type: 'took-over' }): Step {
  if (state.phase.tag !== 'taking-over') return [state, []];
  const { takeover: asked } = state.phase;
  const batch: Batch = { stream: asked.stream, entries: found };
  const here = new Set(found.map(({ id }) => id));
  const missing = asked.entries.map(({ id }) => id).filter((id) => !here.has(id));
  const effects: Effect[] = missing.length === 0 ? [] : [{ do: 'forget', stream: asked.stream, ids: missing }];
  if (asked.origin === 'recovered') effects.push(recovered('takeover')(batch));
  const taken = { takeover: remaining(state.takeover, asked), alone: started(state.alone, asked) };
  return goOn(changed(state, { ...taken, attempt: 0 }), [batch], effects, asked.origin);
}

function recovered(after: 'lost-reply' | 'takeover') {
  return ({ stream, entries }: Batch): Effect => ({
    do: 'notice',
    notice: { type: 'recovered', stream, ids: entries.filter(({ pairs }) => pairs !== null).map(({ id }) => id), after },
  });
}

function goOn(state: State, found: readonly Batch[], effects: readonly Effect[], origin: Origin): Step {
  const filled = found.filter((batch) => batch.entries.length > 0);
  const told = effects.filter(
    (effect) => effect.do !== 'notice' || effect.notice.type !== 'recovered' || effect.notice.ids.length > 0,
  );
  const resting: State = changed(state, { phase: { tag: 'resting' } });
  return first(told, filled.length === 0 ? next(resting) : emitted(resting, filled, origin));
}
