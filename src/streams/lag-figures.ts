import type { ConsumerLoad, LagFigures, StreamLag } from '../lag.js';
import { lagOf, type Known } from './lag.js';

/** What is told of one stream; `firstUnread` is the first entry that the group has not got, `now` Redis's clock. */
export function streamLag(
  known: Known,
  { stream, group, firstUnread, now }: { stream: string; group: string; firstUnread: string | undefined; now: number },
): StreamLag {
  const { length, pending, oldestPending, consumers } = known.at;
  return {
    stream,
    group,
    length,
    ...lagOf(known),
    pending,
    oldestPendingAge: oldestPending === undefined ? undefined : ageOf(oldestPending, now),
    behind: firstUnread === undefined ? 0 : ageOf(firstUnread, now) / 1000,
    consumers: consumers.map(({ name, pending, seenAt }): ConsumerLoad => ({ name, pending, idle: since(seenAt, now) })),
  };
}

/** Sums, and of ages the highest. A sum is worth as much as the least of its parts. */
export function totalOf(streams: readonly LagFigures[]): LagFigures {
  const sum = (of: (figures: LagFigures) => number): number => streams.reduce((all, each) => all + of(each), 0);
  const ages = streams.flatMap(({ oldestPendingAge: age }) => (age === undefined ? [] : [age]));
  const worth = (['estimate', 'at-least'] as const).find((is) => streams.some(({ lagIs }) => lagIs === is));
  return {
    length: sum(({ length }) => length),
    lag: sum(({ lag }) => lag),
    lagIs: worth ?? 'exact',
    pending: sum(({ pending }) => pending),
    oldestPendingAge: ages.length === 0 ? undefined : Math.max(...ages),
    behind: Math.max(0, ...streams.map(({ behind }) => behind)),
  };
}

/** By the time in its id, which is that of its XADD unless somebody chose the id. */
function ageOf(id: string, now: number): number {
  return since(Number(id.split('-')[0]), now);
}

/** Never below 0: clocks of Redis may go back, and after a failover it is another one. */
function since(then: number, now: number): number {
  return Math.max(0, now - then);
}
