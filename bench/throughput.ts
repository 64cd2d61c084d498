/** How fast is `fromGroup` + `ackAfter(sync work)` beside a hand-written loop, and beside one awaited XACK per entry? */
import { Redis } from 'ioredis';
import { fill } from './fill.js';
import { median } from './median.js';
import { runSide } from './run-side.js';
import { startRedis } from '../test/support/redis-server.js';

const ROUNDS = 5;
/** Long enough that the start of a process does not count; the naive side would take minutes for all of them. */
const ENTRIES = { ours: 300_000, hand: 300_000, naive: 20_000 };
type Side = keyof typeof ENTRIES;

interface Result {
  perSecond: number;
  cpuMicros: number;
  pending: number;
}

export async function throughput(): Promise<boolean> {
  const results: Record<Side, Result[]> = { ours: [], hand: [], naive: [] };
  const server = await startRedis();
  await fill(server.port, Math.max(...Object.values(ENTRIES)));
  const redis = new Redis(server.port);
  for (let round = 0; round < ROUNDS; round++) {
    for (const side of Object.keys(ENTRIES) as Side[]) {
      await redis.xgroup('DESTROY', 'bench', side);
      results[side].push(await runSide<Result>('sides.mjs', [side, String(server.port), String(ENTRIES[side])]));
    }
  }
  await redis.quit();
  await server.stop();
  const ratio = (to: Side): number => median(results.ours.map((ours, i) => ours.perSecond / (results[to][i]?.perSecond ?? NaN)));
  const rows = (Object.keys(ENTRIES) as Side[]).map((side) => ({
    side: {
      ours: 'fromGroup + ackAfter, window 256',
      hand: 'hand-written loop, COUNT 100, one XACK',
      naive: 'one awaited XACK per entry',
    }[side],
    'entries/s': Math.round(median(results[side].map((each) => each.perSecond))),
    'CPU µs/entry': Number(median(results[side].map((each) => each.cpuMicros)).toFixed(2)),
    'ours / this': side === 'ours' ? '' : ratio(side).toFixed(2),
    pending: results[side].reduce((sum, each) => sum + each.pending, 0),
  }));
  console.table(rows);
  const bars = [
    { bar: 'ours / hand-written at least 0.9', is: ratio('hand'), met: ratio('hand') >= 0.9 },
    { bar: 'ours / naive at least 10', is: ratio('naive'), met: ratio('naive') >= 10 },
  ];
  for (const { bar, is, met } of bars) console.log(`${met ? 'met   ' : 'MISSED'} ${bar}: ${is.toFixed(2)}`);
  return bars.every(({ met }) => met);
}
