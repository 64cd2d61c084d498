/**
 * `npm run bench [-- name…]`: asks all questions, or those that are named, and prints Markdown; exit code 1 when a bar is missed. A run of all of
 * them is written to `bench/results/`, and with `--save` any: the others stay there as they were. `--quick` asks three, and fails where one is not even near its bar; `--accept`: see micro.ts.
 */
import { ask, type Asked } from './harness/ask.js';
import { share, verdicts } from './harness/judge.js';
import { markdown } from './harness/markdown.js';
import { installPeers } from './harness/peers.js';
import type { Question } from './harness/question.js';
import { save } from './harness/save.js';
import { questions, quick } from './questions.js';

/** Odd, so that the median is a round that was run. */
const ROUNDS = { whole: 7, quick: 5 };
/** How much of its bar a figure must reach: with few rounds on a busy machine, a part of it. */
const NEAR = { whole: 1, quick: 0.8 };

const kind = process.argv.includes('--quick') ? 'quick' : 'whole';
const named = process.argv.slice(2).filter((each) => !each.startsWith('--'));
const isAll = kind === 'whole' && named.length === 0;
const saves = isAll || process.argv.includes('--save');
const names = kind === 'quick' ? quick : isAll ? Object.keys(questions) : named;
const chosen = names.map((name): [string, Question] => {
  const question = questions[name];
  if (question === undefined) throw new Error(`There is no bench ${name}: one of ${Object.keys(questions).join(', ')}`);
  return [name, question];
});

if (saves || chosen.some(([, { peers }]) => peers)) installPeers();
const asked: Asked[] = [];
const failures: unknown[] = [];
for (const [name, question] of chosen) {
  try {
    asked.push(await ask(name, question, { rounds: ROUNDS[kind], kind }));
  } catch (error) {
    failures.push(error); // the others are asked all the same: a run takes its time
  }
}
console.log(`\n## Bars\n\n${markdown(verdicts(asked))}`);
if (failures.length > 0) throw new AggregateError(failures, 'Not every question has an answer, and nothing is saved');
if (saves) save(asked, { order: Object.keys(questions) });
if (!asked.every(({ bars }) => bars.every((bar) => share(bar) >= NEAR[kind]))) process.exitCode = 1;
