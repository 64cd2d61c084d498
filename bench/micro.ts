import { existsSync, readFileSync, writeFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { canCount, countInstructions } from './harness/count-instructions.js';
import { judge } from './harness/judge.js';
import type { Row } from './harness/markdown.js';
import { median } from './harness/median.js';
import type { Question } from './harness/question.js';
import { runSide } from './harness/run-side.js';

const PARTS = ['decoder', 'ledger', 'window', 'pipeline'];
/** In multiples of a batch of 1,000. The short run is subtracted: it is the start of Node, and what is made once. */
const COUNTED = { short: 5_000, long: 25_000 };
/** For the CPU time, in which V8 compiles. */
const TIMED = 400_000;

/** `npm run bench -- micro --accept` writes what is counted now. */
const file = fileURLToPath(new URL('results/instructions.json', import.meta.url));

/** Instructions per entry of every part, and by whom they were executed: another Node compiles other code. */
interface Accepted {
  node: string;
  perEntry: Record<string, number>;
}

export const micro: Question = {
  asks: 'Do the parts that only compute (decoder, ledger, window, and all of a group from reply to ack) take more instructions per entry than accepted?',
  answer: async ({ rounds }) => {
    const node = `${process.version} ${process.arch}`;
    const counts = canCount() ? await countAll() : undefined;
    if (counts === undefined)
      console.log('No instructions are counted: valgrind is not there (Debian: apt-get install valgrind).\n');
    if (counts !== undefined && process.argv.includes('--accept'))
      writeFileSync(file, `${JSON.stringify({ node, perEntry: counts }, null, 2)}\n`);
    const accepted = existsSync(file) ? (JSON.parse(readFileSync(file, 'utf8')) as Accepted) : undefined;
    const before = accepted?.node === node ? accepted.perEntry : undefined;
    if (counts !== undefined && before === undefined) console.log(`Nothing was accepted for Node ${node}: no bars.\n`);
    const rows: Row[] = [];
    for (const part of PARTS) {
      const laps: number[] = [];
      for (let i = 0; i < rounds; i++) laps.push((await runSide<{ cpuMicros: number }>('part.mjs', [part, TIMED])).cpuMicros);
      rows.push({
        part,
        'instructions/entry': counts?.[part] ?? 'not counted',
        accepted: before?.[part] ?? '',
        'CPU µs/entry': median(laps).toFixed(2),
      });
    }
    const bars = PARTS.flatMap((part) => {
      const [is, was] = [counts?.[part], before?.[part]];
      return is === undefined || was === undefined
        ? []
        : [judge(`${part}: instructions / accepted`, { atMost: 1.03 }, [is / was])];
    });
    return { rows, bars };
  },
};

async function countAll(): Promise<Record<string, number>> {
  const counts: Record<string, number> = {};
  for (const part of PARTS) {
    const count = (entries: number) => countInstructions('part.mjs', [part, entries]);
    const [short, long] = await Promise.all([count(COUNTED.short), count(COUNTED.long)]);
    counts[part] = Math.round((long - short) / (COUNTED.long - COUNTED.short));
  }
  return counts;
}
