import type { SchedulerLike } from 'rxjs';
import { checkCallable, checkScheduler, orElse, type Unchecked } from './check-options.js';
import { whole, wrongType } from './checks.js';
import type { Notice } from './notices.js';
import type { PublishOptions } from './publish-options.js';
import { planTrim, type TrimPlan } from './trimming.js';

/** What a subscription to `publishTo` will do: the checked options with their defaults filled in. */
export interface PublishPlan {
  readonly encode: ((value: unknown, index: number) => unknown) | undefined;
  readonly concurrency: number;
  readonly maxWaiting: number;
  readonly trim: TrimPlan | undefined;
  readonly scheduler: SchedulerLike | undefined;
  readonly notify: ((notice: Notice) => void) | undefined;
}

/** Checks the options of `publishTo`: a `TypeError` or `RangeError` quotes the name, the value and what is allowed. */
export function planPublish(options: Unchecked<PublishOptions<never>>): PublishPlan {
  if (typeof options !== 'object' || options === null) throw wrongType('options', options, 'the options of publishTo');
  const { maxWaiting } = options;
  return {
    encode: checkCallable('encode', options.encode),
    concurrency: whole('concurrency', orElse(options.concurrency, 100), { least: 1, most: 10_000 }),
    maxWaiting: maxWaiting === Infinity ? Infinity : whole('maxWaiting', orElse(maxWaiting, 10_000), { least: 1 }),
    trim: planTrim(options),
    scheduler: checkScheduler(options.scheduler),
    notify: checkCallable('notify', options.notify),
  };
}
