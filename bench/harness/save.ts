import { execFileSync } from 'node:child_process';
import { mkdirSync, writeFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import type { Asked } from './ask.js';
import { circumstances } from './circumstances.js';
import { verdicts } from './judge.js';
import { markdown } from './markdown.js';

const folder = fileURLToPath(new URL('../results', import.meta.url));
const chart = fileURLToPath(new URL('chart.mjs', import.meta.url));

/** The whole run, as JSON, as Markdown and as a chart. */
export function save(asked: readonly Asked[], rounds: number): void {
  mkdirSync(folder, { recursive: true });
  const on = circumstances();
  writeFileSync(
    `${folder}/bench.json`,
    `${JSON.stringify({ circumstances: { ...on, rounds }, questions: asked }, rounded, 1)}\n`,
  );
  const tables = asked.map(
    ({ name, asks, rows, load }) => `## ${name}\n\n${asks}\n\n${markdown(rows)}\n\nLoad at its end: ${load}.\n`,
  );
  const machine = Object.entries(on).map(([what, is]) => ({ what, is: String(is) }));
  writeFileSync(
    `${folder}/bench.md`,
    ['# The last whole run\n', markdown(machine), '\n## Bars\n', markdown(verdicts(asked)), '', ...tables].join('\n'),
  );
  execFileSync(process.execPath, [chart, `${folder}/bench.json`, `${folder}/bars.svg`], { stdio: 'inherit' });
}

/** Four digits that count are more than there is to know. */
function rounded(_: string, value: unknown): unknown {
  return typeof value === 'number' && !Number.isInteger(value) ? Number(value.toPrecision(4)) : value;
}
