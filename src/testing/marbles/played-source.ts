import { tap, type Observable, type SchedulerLike } from 'rxjs';
import type { Entry } from '../../entry.js';
import type { Settleable } from '../../settlement.js';
import { makeSource, PLAN, type AnySource } from '../../sources/source.js';
import type { Plan } from '../../plan.js';
import type { Block } from './block.js';
import type { Played } from './play.js';
import { scriptedPort } from './scripted-port.js';
import type { Tally } from './tally.js';

/** Chance is fixed: every backoff takes its full time, 50 ms, 100 ms, 200 ms, … */
const NO_CHANCE = 1;

/** The longest that a read may block: nothing but the script ends it. */
const FOR_EVER = 2 ** 31 - 1;

/** What a source is made of. */
export interface Recipe {
  readonly kind: 'group' | 'streams';
  readonly options: object;
  /** Where to begin in each stream; the source's own default without. */
  readonly from?: string | undefined;
  readonly plan: (options: object) => Plan;
}

interface Env {
  readonly block: Block;
  readonly played: Played;
  readonly tally: Tally;
}

type Real = AnySource & Observable<Entry<unknown> & Settleable>;

/** A real source whose wire is played. All that refiners make of it plays the same script, and has the same scheduler. */
export function playedSource(recipe: Recipe, env: Env): { source: AnySource; scheduler: SchedulerLike } {
  const { block, tally } = env;
  const { letters, names, server, streams } = env.played;
  const { clock } = block;
  // An object of its own: by it we know a source again, whatever refiners have made of it.
  const scheduler: SchedulerLike = { now: clock.now, schedule: clock.scheduler.schedule.bind(clock.scheduler) };
  const nameOf = ({ id }: { id: string }): string => names.get(id) ?? id;
  const kind = recipe.kind === 'group' ? 'group' : 'standalone';
  const place = { seats: server, port: () => scriptedPort(server, scheduler), dice: () => NO_CHANCE };
  const options = {
    streams: recipe.from === undefined ? streams : Object.fromEntries(streams.map((stream) => [stream, recipe.from])),
    decode: (_: unknown, entry: Entry): unknown => letters.valueOf(nameOf(entry)),
    ...recipe.options,
    scheduler,
  };
  const plan = (given: object): Plan => recipe.plan(waiting(given));
  return { source: watched(makeSource({ kind, place, options, plan }) as Real), scheduler };

  function watched(real: Real): AnySource {
    block.mayTake(real[PLAN].drainTimeout);
    const entries = real.pipe(tap((entry) => tally.watch(entry, nameOf(entry))));
    return Object.defineProperties(block.sources.watch(tally.of, entries), {
      [PLAN]: { value: real[PLAN] },
      kind: { value: kind, enumerable: true },
      with: { value: (patch: object) => watched(real.with(patch) as Real) },
    }) as unknown as AnySource;
  }
}

/** Unless the script says how long a live read blocks, it blocks until something comes. */
function waiting(options: { timeout?: unknown; until?: unknown }): object {
  return options.timeout === undefined && options.until !== 'drained' ? { ...options, timeout: FOR_EVER } : options;
}
