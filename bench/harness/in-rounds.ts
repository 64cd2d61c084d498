import { runSide } from './run-side.js';

/** What a side in `bench/sides` is run with. */
export interface Side {
  readonly label: string;
  readonly file: string;
  readonly args: readonly (string | number)[];
}

/** What every side printed, one of each round. */
export type Rounds<S extends string, T> = Readonly<Record<S, readonly T[]>>;

/**
 * Runs every side once in each round, each time in a process of its own. Who begins takes turns, so that what else the machine does hits all.
 * `before` makes ready for a side, and is not measured.
 */
export async function inRounds<S extends string, T>(
  sides: Readonly<Record<S, Side>>,
  { rounds, before }: { rounds: number; before?: (name: S) => Promise<void> },
): Promise<Rounds<S, T>> {
  const names = Object.keys(sides) as S[];
  const results = Object.fromEntries(names.map((name) => [name, [] as T[]])) as Record<S, T[]>;
  for (let round = 0; round < rounds; round++) {
    for (const name of round % 2 === 0 ? names : names.toReversed()) {
      const { file, args } = sides[name];
      await before?.(name);
      results[name].push(await runSide<T>(file, args));
    }
  }
  return results;
}

/** Of one side to another in the same round, one for each. */
export function ratios<T>(of: readonly T[], to: readonly T[], figure: (result: T) => number): number[] {
  return of.map((each, round) => {
    const other = to[round];
    return other === undefined ? NaN : figure(each) / figure(other);
  });
}
