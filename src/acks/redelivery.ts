import { ms, outOfRange } from '../checks.js';
import { mostDeliveries, type Plan, type RedeliverPlan } from '../plan.js';

/** ms until an entry comes again; undefined where nacked entries do not. */
export function delayOf(
  { attempt }: { readonly attempt: number },
  { redeliver, asked, dice }: { redeliver: RedeliverPlan | undefined; asked: number | undefined; dice: () => number },
): number | undefined {
  if (redeliver === undefined && asked !== undefined)
    throw outOfRange('delay', asked, 'left out, because nobody delivers the entry again: add redeliver() to the source');
  if (asked !== undefined) return ms('delay', asked, { least: 0 });
  return redeliver && ms(`redeliver.delay(${attempt})`, redeliver.delay(attempt, dice()), { least: 0 });
}

/** The same after a nack: `spent`, when that was the last delivery. */
export function afterNack(
  hold: { readonly attempt: number },
  plan: Plan,
  { asked, dice }: { asked: number | undefined; dice: () => number },
): number | undefined | 'spent' {
  const isLast = hold.attempt >= mostDeliveries(plan);
  // Nothing comes after it: the plan may well have no delay for that.
  const wait = delayOf(hold, { redeliver: plan.group?.redeliver, asked: asked ?? (isLast ? 0 : undefined), dice });
  return isLast ? 'spent' : wait;
}
