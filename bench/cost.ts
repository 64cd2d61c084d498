/** What do leases, backlog, claims and redelivery cost while nothing goes wrong? */
import { Redis } from 'ioredis';
import { startRedis } from '../test/support/redis-server.js';
import { fill } from './fill.js';
import { median } from './median.js';
import { runSide } from './run-side.js';

const ROUNDS = 9;
const ENTRIES = 300_000;

interface Result {
  perSecond: number;
  cpuMicros: number;
  pending: number;
}

/** Both sides in each round, and who begins takes turns: the machine's own drift hits both. */
export async function cost(): Promise<boolean> {
  const results: Record<'bare' | 'equipped', Result[]> = { bare: [], equipped: [] };
  const server = await startRedis();
  await fill(server.port, ENTRIES);
  const redis = new Redis(server.port);
  for (let round = 0; round < ROUNDS; round++) {
    for (const side of round % 2 === 0 ? (['bare', 'equipped'] as const) : (['equipped', 'bare'] as const)) {
      await redis.xgroup('DESTROY', 'bench', side);
      results[side].push(await runSide<Result>('sides.mjs', [side, String(server.port), String(ENTRIES)]));
    }
  }
  await redis.quit();
  await server.stop();
  const ratio = median(results.equipped.map(({ perSecond }, i) => perSecond / (results.bare[i]?.perSecond ?? NaN)));
  console.table(
    (['bare', 'equipped'] as const).map((side) => ({
      side: side === 'bare' ? 'fromGroup + ackAfter, no leases' : 'with leases, backlog, claims, redelivery',
      'entries/s': Math.round(median(results[side].map((each) => each.perSecond))),
      'CPU µs/entry': Number(median(results[side].map((each) => each.cpuMicros)).toFixed(2)),
      pending: results[side].reduce((sum, each) => sum + each.pending, 0),
    })),
  );
  console.log(`${ratio >= 0.97 ? 'met   ' : 'MISSED'} equipped / bare at least 0.97: ${ratio.toFixed(3)}`);
  return ratio >= 0.97;
}
