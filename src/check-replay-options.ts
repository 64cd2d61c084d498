import { checkObject, orElse, type Unchecked } from './check-options.js';
import { flag, name, outOfRange } from './checks.js';
import type { ReplayOptions } from './options.js';

/** What a call of `replayDeadLetters` will do. */
export interface ReplayPlan {
  readonly from: string;
  /** Undefined: each to the stream it came from. */
  readonly to: string | undefined;
  readonly dryRun: boolean;
}

/** Checks the options of `replayDeadLetters`: a `TypeError` or `RangeError` quotes the name, the value and what is allowed. */
export function planReplay(options: Unchecked<ReplayOptions>): ReplayPlan {
  checkObject(options, 'replayDeadLetters');
  const from = name('from', options.from);
  const to = options.to === undefined ? undefined : name('to', options.to);
  if (to === from) throw outOfRange('to', to, 'another stream than from');
  return { from, to, dryRun: flag('dryRun', orElse(options.dryRun, true)) };
}
