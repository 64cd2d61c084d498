import { startCluster } from '../test/support/redis-cluster.js';
import { inRounds, ratios } from './harness/in-rounds.js';
import { judge } from './harness/judge.js';
import { median } from './harness/median.js';
import type { Question } from './harness/question.js';

const STREAMS = 64;

interface Result {
  p50: number;
  p99: number;
  connections: number;
}

export const cluster: Question = {
  asks: 'Of 64 streams on three nodes one is busy: does an entry reach its subscriber as fast as where that is the only stream?',
  answer: async ({ rounds }) => {
    const nodes = await startCluster();
    const side = (streams: number) => ({
      label: `${streams} stream${streams === 1 ? '' : 's'}`,
      file: 'cluster.mjs',
      args: [JSON.stringify(nodes.addresses), streams],
    });
    const sides = { one: side(1), many: side(STREAMS) };
    const results = await inRounds<keyof typeof sides, Result>(sides, { rounds });
    await nodes.stop();
    const names = Object.keys(sides) as (keyof typeof sides)[];
    return {
      rows: names.map((name) => ({
        side: sides[name].label,
        connections: results[name][0]?.connections ?? NaN,
        'p50 ms': median(results[name].map(({ p50 }) => p50)).toFixed(2),
        'p99 ms': median(results[name].map(({ p99 }) => p99)).toFixed(2),
      })),
      bars: [
        judge(
          `p99, ${STREAMS} streams / 1 stream`,
          { atMost: 2 },
          ratios(results.many, results.one, ({ p99 }) => p99),
        ),
      ],
    };
  },
};
