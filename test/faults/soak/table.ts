import { HABITS, type FaultKind } from './schedule.js';
import type { Verdict } from './verdict.js';

/** What happened, for people: how often each fault, and what came of it. */
export function table(counts: ReadonlyMap<FaultKind, number>, verdict: Verdict, more: Record<string, string | number>): string {
  const rows: [string, string | number][] = [
    ...Object.keys(HABITS).map((kind): [string, number] => [kind, counts.get(kind as FaultKind) ?? 0]),
    ['faults', [...counts.values()].reduce((sum, count) => sum + count, 0)],
    ...Object.entries(more),
    ['entries sent', verdict.sent],
    ['entries done', verdict.done],
    ['entries lost', verdict.lost.length],
    ['not replicated', verdict.notReplicated],
    ['duplicates', verdict.duplicates],
    ['… at most', verdict.bound],
    ['held at deaths', verdict.heldAtDeaths],
    ['held over stops', verdict.heldOverStops],
    ['leases lost', verdict.lostLeases],
    ['acks in doubt', verdict.unconfirmedAcks],
    ['held over failovers', verdict.heldOverFailovers],
  ];
  const width = Math.max(...rows.map(([name]) => name.length));
  return rows.map(([name, value]) => `${name.padEnd(width)} ${`${value}`.padStart(9)}`).join('\n');
}
