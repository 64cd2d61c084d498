import { inRounds, ratios, type Rounds, type Side } from './in-rounds.js';
import type { Row } from './markdown.js';
import { median } from './median.js';

/** What `measured` in `bench/sides/measured.mjs` prints. */
export interface Lap {
  readonly perSecond: number;
  /** µs of CPU per entry, of this process alone. */
  readonly cpuMicros: number;
  /** MiB, at its most. */
  readonly rss: number;
  /** A sum over what was seen of the entries; 0: nothing was looked at. */
  readonly seen: number;
}

export const speed = (lap: Lap): number => lap.perSecond;
export const cpu = (lap: Lap): number => lap.cpuMicros;
export const memory = (lap: Lap): number => lap.rss;

interface Rules<S extends string> {
  readonly rounds: number;
  readonly before?: (name: S) => Promise<void>;
  /** Sides may work on different numbers of entries. */
  readonly different?: boolean;
}

/** Sides that have not seen the same entries are no comparison: that throws, unless they are said to be `different`. */
export async function race<S extends string>(
  sides: Readonly<Record<S, Side>>,
  { different = false, ...how }: Rules<S>,
): Promise<Rounds<S, Lap>> {
  const laps = await inRounds<S, Lap>(sides, how);
  const all = Object.values<readonly Lap[]>(laps).flat();
  const seen = new Set(all.map((lap) => lap.seen).filter((sum) => sum !== 0));
  if (!different && seen.size > 1) throw new Error(`The sides have not seen the same: ${[...seen].join(', ')}`);
  return laps;
}

/** A row for each side; the last column is the speed as a ratio to the first side. */
export function rowsOf<S extends string>(sides: Readonly<Record<S, Side>>, laps: Rounds<S, Lap>): Row[] {
  const names = Object.keys(sides) as S[];
  const first = names[0] as S;
  return names.map((name) => ({
    side: sides[name].label,
    'entries/s': Math.round(median(laps[name].map(speed))),
    'CPU µs/entry': median(laps[name].map(cpu)).toFixed(2),
    'peak RSS MiB': Math.round(median(laps[name].map(memory))),
    'speed, to the first': median(ratios(laps[name], laps[first], speed)).toFixed(2),
  }));
}
