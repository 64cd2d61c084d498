/** What does reading a reply cost with our decoder, beside the parser of ioredis 5 on the same bytes? CPU time of one process, no server. */
import { median } from './median.js';
import { runSide } from './run-side.js';

const ROUNDS = 15;
const COUNTS = [100, 500, 1_000];
/** Of the parser's CPU time and ours, with all fields made. */
const BAR = 1.8;

/** ns of CPU per entry, one of each round. */
type Result = Record<'parser' | 'decoder' | 'parserUnseen' | 'decoderUnseen', number[]>;

export async function decoder(): Promise<boolean> {
  const ratios: number[] = [];
  const rows: object[] = [];
  for (const count of COUNTS) {
    const result = await runSide<Result>('decode.mjs', [String(count), String(ROUNDS)]);
    for (const [theirs, ours, fields] of [
      ['parser', 'decoder', 'all made'],
      ['parserUnseen', 'decoderUnseen', 'not looked at'],
    ] as const) {
      const ratio = median(result[theirs].map((each, i) => each / (result[ours][i] ?? NaN)));
      if (ours === 'decoder') ratios.push(ratio);
      rows.push({
        COUNT: count,
        fields,
        'redis-parser, ns/entry': Math.round(median(result[theirs])),
        'decoder, ns/entry': Math.round(median(result[ours])),
        'their / our CPU': ratio.toFixed(2),
      });
    }
  }
  console.table(rows);
  const least = Math.min(...ratios);
  console.log(
    `${least >= BAR ? 'met   ' : 'MISSED'} redis-parser / decoder at least ${BAR}, all fields made: ${least.toFixed(2)}`,
  );
  return least >= BAR;
}
