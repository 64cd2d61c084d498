import { inRounds, ratios } from './harness/in-rounds.js';
import { judge } from './harness/judge.js';
import type { Row } from './harness/markdown.js';
import { median } from './harness/median.js';
import type { Judged, Question } from './harness/question.js';
import { withServer } from './harness/with-server.js';

const RATES = [1_000, 10_000];
const SECONDS = 16;
const WHEN = { early: 'seconds 2 to 4 of the process', warm: `seconds ${SECONDS - 4} to ${SECONDS}` } as const;

/** µs */
interface Quantiles {
  p50: number;
  p99: number;
}

type Latency = Record<keyof typeof WHEN, Quantiles>;

export const latency: Question = {
  asks: 'Does an entry take from XADD to `project` at most 1.2 times as long as in a blocking ioredis loop, at 1,000/s and 10,000/s?',
  answer: ({ rounds }) =>
    withServer(0, async (port) => {
      const rows: Row[] = [];
      const bars: Judged[] = [];
      for (const rate of RATES) {
        const side = (name: string, label: string) => ({ label, file: 'latency.mjs', args: [name, port, rate, SECONDS] });
        const sides = { loop: side('loop', 'blocking ioredis 5 loop'), ours: side('ours', 'fromGroup, ackAfter') };
        const results = await inRounds<'loop' | 'ours', Latency>(sides, { rounds });
        for (const when of ['early', 'warm'] as const) {
          for (const name of ['loop', 'ours'] as const) {
            rows.push({
              'entries/s': rate,
              when: WHEN[when],
              side: sides[name].label,
              'p50 µs': Math.round(median(results[name].map((each) => each[when].p50))),
              'p99 µs': Math.round(median(results[name].map((each) => each[when].p99))),
            });
          }
          for (const part of ['p50', 'p99'] as const) {
            const rounds = ratios(results.ours, results.loop, (each) => each[when][part]);
            bars.push(judge(`${part} at ${rate.toLocaleString('en-US')}/s, ${when}, ours / loop`, { atMost: 1.2 }, rounds));
          }
        }
      }
      return { rows, bars };
    }),
};
