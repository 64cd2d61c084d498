import { started } from './alone.js';
import { breakConnection } from './broken.js';
import type { Effect, Takeover } from './effects.js';
import type { Batch, Event, Moment } from './events.js';
import { withoutGone } from './gone.js';
import { looked } from './lost.js';
import { notBegun, readNoMore, settle } from './reading-over.js';
import { UNBLOCK_AGAIN } from './resume.js';
import { seen } from './seen.js';
import { changed, type State } from './state.js';
import { first, type Step } from './step.js';
import { remaining } from './takeover.js';

export type Closing = State & { readonly phase: { readonly tag: 'closing' } };

/** The read that was out when closing began: what it still brings goes back. */
export function lastRead(state: Closing, event: Event, moment: Moment): Step {
  const { why } = state.phase;
  if (event.type === 'replied') {
    const tracks = state.tracks.map(seen(event.replies));
    return first(giveBack(state, event.replies), readNoMore(changed(state, { tracks }), why));
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

export function lastTakeover(state: Closing, asked: Takeover, event: Event): Step {
  if (event.type !== 'took-over') return lastWork(state, event);
  const taken = { takeover: remaining(state.takeover, asked), alone: started(state.alone, asked) };
  const found = giveBack(state, [{ stream: asked.stream, entries: event.found }]);
  return first(found, readNoMore(changed(state, taken), state.phase.why));
}

/** Not delivered yet: as if the one before were still to come. */
export function lastClaim(state: Closing, event: Event): Step {
  if (event.type !== 'claimed') return lastWork(state, event);
  const { stream, rows } = event.found;
  const entries = rows.map(({ id, count }) => ({ id, count: count + 1 }));
  return first([notBegun({ stream, origin: 'claimed', entries })], readNoMore(state, state.phase.why));
}

/** It failed, or takes too long. */
function lastWork(state: Closing, event: Event): Step {
  const { why } = state.phase;
  if (event.type === 'failed') return readNoMore(state, why);
  if (event.type === 'timer' && event.name === 'grace') return first([{ do: 'abandon' }], readNoMore(state, why));
  return [state, []];
}

/** What is not found in time, or not yet delivered, the next subscription under this name looks for. */
export function lastLook(state: Closing, event: Event, { now }: Moment): Step {
  const { why, step } = state.phase;
  if (event.type === 'reconciled') {
    const since = step.tag === 'reconciling' ? step.since : undefined;
    const loss = state.loss && looked(state.loss, since ?? now);
    return first(
      giveBack(state, event.found),
      settle(changed(state, { loss, tracks: state.tracks.map(seen(event.found, state.loss?.floors)) }), why),
    );
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
