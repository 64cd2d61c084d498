import { loadavg } from 'node:os';
import { markdown } from './markdown.js';
import type { Answer, How, Question } from './question.js';

/** An answer, and under what circumstances it was found. */
export interface Asked extends Answer {
  readonly name: string;
  readonly asks: string;
  /** When it was asked, in UTC. */
  readonly taken: string;
  readonly seconds: number;
  /** Processes that wanted a core, ours included: the mean of the last minute, at the end. */
  readonly load: number;
}

/** Asks one question and prints its table. */
export async function ask(name: string, question: Question, how: How): Promise<Asked> {
  console.log(`\n## ${name}\n\n${question.asks}\n`);
  const taken = new Date().toISOString().slice(0, 16).replace('T', ' ');
  const began = performance.now();
  const answer = await question.answer(how);
  console.log(markdown(answer.rows));
  const seconds = Math.round((performance.now() - began) / 1_000);
  return { name, asks: question.asks, ...answer, taken, seconds, load: Number((loadavg()[0] ?? NaN).toFixed(1)) };
}
