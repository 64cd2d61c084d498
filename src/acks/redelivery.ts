import { ms, outOfRange } from '../checks.js';
import type { RedeliverPlan } from '../plan.js';

/** ms until an entry comes again; undefined where nacked entries do not. */
export function delayOf(
  { attempt }: { readonly attempt: number },
  { redeliver, asked, dice }: { redeliver: RedeliverPlan | undefined; asked: number | undefined; dice: () => number },
): number | undefined {
  if (redeliver !== undefined) return ms('delay', asked ?? redeliver.delay(attempt, dice()), { least: 0 });
  if (asked !== undefined)
    throw outOfRange('delay', asked, 'left out, because nobody delivers the entry again: add redeliver() to the source');
  return undefined;
}
