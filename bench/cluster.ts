/** Of 64 streams on three nodes one is busy: does an entry reach its subscriber as fast as where that is the only stream? */
import { startCluster } from '../test/support/redis-cluster.js';
import { median } from './median.js';
import { runSide } from './run-side.js';

const STREAMS = 64;
const ROUNDS = 3;

interface Result {
  p50: number;
  p99: number;
  connections: number;
}

export async function cluster(): Promise<boolean> {
  const nodes = await startCluster();
  const rows: Record<string, unknown>[] = [];
  const p99s: Record<number, number> = {};
  for (const streams of [1, STREAMS]) {
    const results: Result[] = [];
    for (let i = 0; i < ROUNDS; i++) {
      results.push(await runSide<Result>('cluster.mjs', [JSON.stringify(nodes.addresses), String(streams)]));
    }
    p99s[streams] = median(results.map(({ p99 }) => p99));
    rows.push({
      streams,
      connections: results[0]?.connections,
      'p50 ms': median(results.map(({ p50 }) => p50)).toFixed(2),
      'p99 ms': p99s[streams].toFixed(2),
      'of each round': results.map(({ p99 }) => p99.toFixed(2)).join(' '),
    });
  }
  await nodes.stop();
  console.table(rows);
  const ratio = (p99s[STREAMS] ?? NaN) / (p99s[1] ?? NaN);
  const met = ratio <= 2;
  console.log(`${met ? 'met   ' : 'MISSED'} p99 with ${STREAMS} streams at most twice that with one: ${ratio.toFixed(2)}`);
  return met;
}
