import { ratios } from './harness/in-rounds.js';
import { judge } from './harness/judge.js';
import type { Question } from './harness/question.js';
import { race, rowsOf, speed } from './harness/race.js';
import { groupSide, TUNED } from './harness/group-side.js';
import { withServer } from './harness/with-server.js';

const ENTRIES = 300_000;

export const groupAsync: Question = {
  asks: 'With `await Promise.resolve()` as work at concurrency 64: is the pipeline as fast as the hand-tuned loop, whose work is synchronous?',
  answer: ({ rounds }) =>
    withServer(ENTRIES, async (port) => {
      const sides = {
        tuned: groupSide('tuned', TUNED, { port, entries: ENTRIES }),
        ours: groupSide('oursAsync', 'the pipeline, asynchronous work, concurrency 64', { port, entries: ENTRIES }),
        tunedAsync: groupSide('tunedAsync', 'the loop with that work, 64 at once', { port, entries: ENTRIES }),
      };
      const laps = await race(sides, { rounds });
      const bars = [
        judge('pipeline, asynchronous / hand-tuned loop, synchronous', { atLeast: 1 }, ratios(laps.ours, laps.tuned, speed)),
      ];
      return { rows: rowsOf(sides, laps), bars };
    }),
};
