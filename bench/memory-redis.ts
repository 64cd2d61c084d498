import { inRounds } from './harness/in-rounds.js';
import { judge } from './harness/judge.js';
import { median } from './harness/median.js';
import type { Question } from './harness/question.js';

const ENTRIES = 100_000;

interface Result {
  perSecond: number;
  cpuMicros: number;
}

export const memoryRedis: Question = {
  asks: 'Does the in-memory Redis take 50,000 entries a second through XADD, XREADGROUP and XACK in one process?',
  answer: async ({ rounds }) => {
    const side = (name: string, label: string) => ({ label, file: 'memory.mjs', args: [name, ENTRIES] });
    const sides = {
      batches: side('batches', '100 XADD, XREADGROUP COUNT 100, one XACK'),
      oneByOne: side('one by one', 'XADD, XREADGROUP COUNT 1, XACK, each awaited'),
    };
    const results = await inRounds<keyof typeof sides, Result>(sides, { rounds });
    const ways = Object.keys(sides) as (keyof typeof sides)[];
    return {
      rows: ways.map((way) => ({
        'each entry added, read and acked': sides[way].label,
        'entries/s': Math.round(median(results[way].map((each) => each.perSecond))),
        'CPU µs/entry': median(results[way].map((each) => each.cpuMicros)).toFixed(2),
      })),
      bars: ways.map((way) =>
        judge(
          `${sides[way].label}: of 50,000 entries/s`,
          { atLeast: 1 },
          results[way].map(({ perSecond }) => perSecond / 50_000),
        ),
      ),
    };
  },
};
