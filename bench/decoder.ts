import { judge } from './harness/judge.js';
import type { Row } from './harness/markdown.js';
import { median } from './harness/median.js';
import type { Judged, Question } from './harness/question.js';
import { runSide } from './harness/run-side.js';

const COUNTS = [100, 500, 1_000];
/** A round is short: CPU time of one process, no server. */
const ROUNDS = 15;

/** ns of CPU per entry, one of each round. */
type Result = Record<'parser' | 'decoder' | 'parserUnseen' | 'decoderUnseen', number[]>;

export const decoder: Question = {
  asks: 'What does reading a reply cost with our decoder, beside the parser of ioredis 5 on the same bytes?',
  answer: async () => {
    const rows: Row[] = [];
    const bars: Judged[] = [];
    for (const count of COUNTS) {
      const result = await runSide<Result>('decode.mjs', [count, ROUNDS]);
      for (const [theirs, ours, fields] of [
        ['parser', 'decoder', 'all made'],
        ['parserUnseen', 'decoderUnseen', 'not looked at'],
      ] as const) {
        const rounds = result[theirs].map((each, round) => each / (result[ours][round] ?? NaN));
        if (ours === 'decoder')
          bars.push(judge(`redis-parser / decoder, CPU, COUNT ${count}, all fields made`, { atLeast: 1.8 }, rounds));
        rows.push({
          COUNT: count,
          fields,
          'redis-parser, ns/entry': Math.round(median(result[theirs])),
          'decoder, ns/entry': Math.round(median(result[ours])),
          'their / our CPU': median(rounds).toFixed(2),
        });
      }
    }
    return { rows, bars };
  },
};
