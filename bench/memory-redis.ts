/** Does the in-memory Redis take 50,000 entries/s through XADD, XREADGROUP and XACK in one process? */
import { runSide } from './run-side.js';

const ROUNDS = 5;
const ENTRIES = 100_000;
const WAYS = {
  batches: '100 XADD, XREADGROUP COUNT 100, one XACK',
  'one by one': 'XADD, XREADGROUP COUNT 1, XACK, each awaited',
};
type Way = keyof typeof WAYS;

interface Result {
  perSecond: number;
  cpuMicros: number;
  pending: number;
  missing: number;
}

export async function memoryRedis(): Promise<boolean> {
  const ways = Object.keys(WAYS) as Way[];
  const results: Record<Way, Result[]> = { batches: [], 'one by one': [] };
  for (let round = 0; round < ROUNDS; round++) {
    for (const way of ways) results[way].push(await runSide<Result>('memory.mjs', [way, String(ENTRIES)]));
  }
  const median = (way: Way, of: keyof Result): number =>
    results[way].map((each) => each[of]).sort((a, b) => a - b)[Math.floor(ROUNDS / 2)] ?? NaN;
  console.table(
    ways.map((way) => ({
      'each entry added, read and acked': WAYS[way],
      'entries/s': Math.round(median(way, 'perSecond')),
      'CPU µs/entry': Number(median(way, 'cpuMicros').toFixed(2)),
      pending: median(way, 'pending'),
    })),
  );
  const isWhole = Object.values(results)
    .flat()
    .every(({ pending, missing }) => pending === 0 && missing === 0);
  const bars = [
    ...ways.map((way) => {
      const is = median(way, 'perSecond');
      return { bar: `${way}: at least 50,000 entries/s`, is, met: is >= 50_000 };
    }),
    { bar: 'every entry there, and none pending', is: Number(isWhole), met: isWhole },
  ];
  for (const { bar, is, met } of bars) console.log(`${met ? 'met   ' : 'MISSED'} ${bar}: ${Math.round(is)}`);
  return bars.every(({ met }) => met);
}
