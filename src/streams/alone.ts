import type { Effect, Takeover } from './effects.js';
import { changed, type State } from './state.js';
import type { Step } from './step.js';

/**
 * Last allowed deliveries. Whatever is in the window when a process dies counts as delivered once more, so entries near the bound are
 * mostly bystanders: each gets its last delivery with nothing else in the window, and only the guilty one can fail it.
 */
export type Alone =
  | { readonly tag: 'nobody' }
  /** Their turn comes when the window is empty. */
  | { readonly tag: 'queued'; readonly queue: readonly Takeover[] }
  /** One of them is fetched. */
  | { readonly tag: 'starting'; readonly one: Takeover; readonly queue: readonly Takeover[] }
  /** And out. */
  | { readonly tag: 'running'; readonly one: Takeover; readonly queue: readonly Takeover[] };

/** Those that are not fetched yet. */
export function queueOf(alone: Alone): readonly Takeover[] {
  if (alone.tag === 'nobody') return [];
  return alone.tag === 'starting' ? [alone.one, ...alone.queue] : alone.queue;
}

export function queued(alone: Alone, more: readonly Takeover[]): Alone {
  if (more.length === 0) return alone;
  return alone.tag === 'nobody' ? { tag: 'queued', queue: more } : { ...alone, queue: [...alone.queue, ...more] };
}

/** It was fetched, if it still was ours. */
export function started(alone: Alone, asked: Takeover): Alone {
  return alone.tag === 'starting' && alone.one === asked ? { ...alone, tag: 'running' } : alone;
}

/** The one that ran is settled: whose turn is it? */
export function settledAlone({ alone, window }: State): Alone {
  if (alone.tag !== 'running' || window.held > 0) return alone;
  return alone.queue.length > 0 ? { tag: 'queued', queue: alone.queue } : { tag: 'nobody' };
}

/**
 * Nothing was settled for `stallAfter`: a pipeline that wants several entries together would wait for ever. They go with the others, and
 * the others with the one that is out.
 */
export function together(state: State): Step {
  const { alone } = state;
  const queue = queueOf(alone);
  const told = [...(alone.tag === 'running' ? [alone.one] : []), ...queue].map(({ stream, entries }): Effect => ({
    do: 'notice',
    notice: { type: 'not-alone', stream, ids: entries.map(({ id }) => id) },
  }));
  return [changed(state, { alone: { tag: 'nobody' }, takeover: [...state.takeover, ...queue] }), told];
}
