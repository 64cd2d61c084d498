import { execFileSync } from 'node:child_process';
import { existsSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import type { Asked } from './ask.js';
import { circumstances } from './circumstances.js';
import { verdicts } from './judge.js';
import { markdown } from './markdown.js';

const folder = fileURLToPath(new URL('../results', import.meta.url));
const chart = fileURLToPath(new URL('chart.mjs', import.meta.url));

interface Saved {
  readonly circumstances: Record<string, string | number>;
  readonly questions: readonly Asked[];
}

/** All questions that were asked, as JSON, as Markdown and as a chart; where that were not all there are, the others stay as they were. */
export function save(asked: readonly Asked[], { order }: { order: readonly string[] }): void {
  mkdirSync(folder, { recursive: true });
  const json = `${folder}/bench.json`;
  const before = existsSync(json) ? (JSON.parse(readFileSync(json, 'utf8')) as Saved).questions : [];
  const questions = order.flatMap((name) => [...asked, ...before].find((each) => each.name === name) ?? []);
  const saved: Saved = { circumstances: circumstances(), questions };
  writeFileSync(json, `${JSON.stringify(saved, rounded, 1)}\n`);
  writeFileSync(`${folder}/bench.md`, text(saved));
  execFileSync(process.execPath, [chart, json, `${folder}/bars.svg`], { stdio: 'inherit' });
}

function text({ circumstances, questions }: Saved): string {
  const machine = Object.entries(circumstances).map(([what, is]) => ({ what, is: String(is) }));
  const tables = questions.map(
    ({ name, asks, rows, taken, load }) => `## ${name}\n\n${asks}\n\n${markdown(rows)}\n\n${taken}, load at its end: ${load}.\n`,
  );
  return ['# What was measured last\n', markdown(machine), '\n## Bars\n', markdown(verdicts(questions)), '', ...tables].join(
    '\n',
  );
}

/** Four digits that count are more than there is to know. */
function rounded(_: string, value: unknown): unknown {
  return typeof value === 'number' && !Number.isInteger(value) ? Number(value.toPrecision(4)) : value;
}
