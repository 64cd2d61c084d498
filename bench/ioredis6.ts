import { ratios } from './harness/in-rounds.js';
import { judge } from './harness/judge.js';
import type { Question } from './harness/question.js';
import { race, rowsOf, speed } from './harness/race.js';
import { groupSide } from './harness/group-side.js';
import { withServer } from './harness/with-server.js';

const ENTRIES = 300_000;

export const ioredis6: Question = {
  asks: 'Is the pipeline as fast on ioredis 6 as on ioredis 5?',
  answer: ({ rounds }) =>
    withServer(ENTRIES, async (port) => {
      const sides = {
        ours: groupSide('ours', 'the pipeline on ioredis 5', { port, entries: ENTRIES }),
        six: groupSide('ours6', 'the pipeline on ioredis 6', { port, entries: ENTRIES }),
      };
      const laps = await race(sides, { rounds });
      const bars = [
        judge('on ioredis 6 / on ioredis 5, entries per second', { atLeast: 0.95 }, ratios(laps.six, laps.ours, speed)),
      ];
      return { rows: rowsOf(sides, laps), bars };
    }),
};
