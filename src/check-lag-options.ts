import type { SchedulerLike } from 'rxjs';
import { checkCallable, checkObject, checkScheduler, checkStreams, orElse, type Unchecked } from './check-options.js';
import { ms, name } from './checks.js';
import type { Notice } from './notices.js';
import type { GroupLagOptions } from './options.js';

/** What a subscription to `groupLag` will do: the checked options with their defaults filled in. */
export interface LagPlan {
  readonly streams: readonly string[];
  readonly group: string;
  readonly every: number;
  readonly scheduler: SchedulerLike | undefined;
  readonly notify: ((notice: Notice) => void) | undefined;
}

/** Checks the options of `groupLag`: a `TypeError` or `RangeError` quotes the name, the value and what is allowed. */
export function planLag(options: Unchecked<GroupLagOptions>): LagPlan {
  checkObject(options, 'groupLag');
  return {
    streams: checkStreams(options.streams).map(({ stream }) => stream),
    group: name('group', options.group),
    every: ms('every', orElse(options.every, 5_000), { least: 1 }),
    scheduler: checkScheduler(options.scheduler),
    notify: checkCallable('notify', options.notify),
  };
}
