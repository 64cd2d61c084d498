import type { Effect, Takeover } from './effects.js';
import type { Event, Moment } from './events.js';
import { changed, type State } from './state.js';
import type { Step } from './step.js';

/** An entry that was nacked and comes again. */
export interface Waiting {
  readonly stream: string;
  readonly id: string;
  /** Deliveries so far. */
  readonly attempt: number;
  /** When it is due. */
  readonly at: number;
}

export function nacked(state: State, { stream, id, attempt, delay }: Event & { type: 'nacked' }, { now }: Moment): Step {
  const one: Waiting = { stream, id, attempt, at: now + delay };
  const behind = state.waiting.findIndex(({ at }) => at > one.at);
  const waiting = behind < 0 ? [...state.waiting, one] : state.waiting.toSpliced(behind, 0, one);
  return [changed(state, { waiting }), behind === 0 || waiting.length === 1 ? alarm(waiting, now) : []];
}

/** Whose time has come is fetched with the next thing that is done. */
export function becameDue(state: State, { now }: Moment): Step {
  const later = state.waiting.filter(({ at }) => at > now);
  const due = new Map<string, { id: string; count: number }[]>();
  for (const { stream, id, attempt, at } of state.waiting) {
    if (at <= now) due.set(stream, [...(due.get(stream) ?? []), { id, count: attempt + 1 }]);
  }
  const takeover = [...due].map(([stream, entries]): Takeover => ({ stream, origin: 'redelivered', entries }));
  return [changed(state, { waiting: later, takeover: [...state.takeover, ...takeover] }), alarm(later, now)];
}

function alarm([first]: readonly Waiting[], now: number): Effect[] {
  return first === undefined ? [] : [{ do: 'timer', name: 'redeliver', ms: Math.max(1, Math.ceil(first.at - now)) }];
}

/** Entries of ours that come again without being read: a drained source waits for them, and reading pauses while they are too many. */
export function toComeAgain({ waiting, takeover }: State): number {
  return takeover.reduce((sum, { origin, entries }) => sum + (origin === 'redelivered' ? entries.length : 0), waiting.length);
}
