import { kindOf } from '../checks.js';
import { isSettleable, SETTLEMENT, type Outcome, type Settlement } from '../settlement.js';

/** What one project call has to settle: one entry, or all members of an array. The array is our own copy. */
export type Owed = Settlement | readonly Settlement[];

/** Finds what is to be settled; `undefined` for a value that is no entry and no array of entries. */
export function owedFor(value: unknown): Owed | undefined {
  if (isSettleable(value)) return value[SETTLEMENT];
  if (!Array.isArray(value) || !value.every(isSettleable)) return undefined;
  return value.map((entry) => entry[SETTLEMENT]);
}

/** An empty array. */
export function isNothing(owed: Owed): boolean {
  return isSeveral(owed) && owed.length === 0;
}

export function take(owed: Owed): void {
  if (isSeveral(owed)) for (const settlement of owed) settlement.take();
  else owed.take();
}

export function settle(owed: Owed, as: Outcome, reason?: unknown): void {
  if (isSeveral(owed)) for (const settlement of owed) settlement.settle(as, reason);
  else owed.settle(as, reason);
}

/** One, or all members. */
export function settlementsOf(owed: Owed): readonly Settlement[] {
  return isSeveral(owed) ? owed : [owed];
}

/** Whether the source of any of it was unsubscribed from below. */
export function isTorn(owed: Owed): boolean {
  return isSeveral(owed) ? owed.some(({ session }) => session.torn) : owed.session.torn;
}

/** `Array.isArray` does not narrow readonly arrays. */
export function isSeveral(owed: Owed): owed is readonly Settlement[] {
  return Array.isArray(owed);
}

/** What reached a stage and is no entry: mostly the result of a `map()` above it, so not quoted. */
export function noEntry(stage: string, wants: string, got: unknown): TypeError {
  return new TypeError(
    `${stage} works on ${wants} of this library, but got ${kindOf(got)}: an operator above it has made something else of them. ` +
      'Use delivery => delivery.mapValue(...) instead of map.',
  );
}
