import type { Asked } from './ask.js';
import type { Row } from './markdown.js';
import { median } from './median.js';
import type { Bar, Judged } from './question.js';

export function judge(what: string, bar: Bar, rounds: readonly number[]): Judged {
  return { what, bar, rounds, is: median(rounds) };
}

/** 1 where the bar is met exactly, more where it is surpassed: how far a figure is from it, whichever way it points. NaN is never enough. */
export function share({ bar, is }: Judged): number {
  return 'atLeast' in bar ? is / bar.atLeast : bar.atMost / is;
}

/** All bars in one table. A figure that misses its bar by the least bit has missed it. */
export function verdicts(asked: readonly Asked[]): Row[] {
  return asked.flatMap(({ name, bars }) =>
    bars.map((judged) => ({
      bench: name,
      figure: judged.what,
      bar: 'atLeast' in judged.bar ? `at least ${judged.bar.atLeast}` : `at most ${judged.bar.atMost}`,
      is: judged.is.toFixed(2),
      'of all rounds': `${Math.min(...judged.rounds).toFixed(2)} … ${Math.max(...judged.rounds).toFixed(2)}`,
      '': verdict(share(judged)),
    })),
  );
}

function verdict(share: number): string {
  const percent = `${Math.abs((share - 1) * 100).toFixed(0)} %`;
  return share >= 1 ? `met, by ${percent}` : `MISSED, by ${percent}`;
}
