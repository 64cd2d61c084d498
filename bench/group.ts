import { ratios } from './harness/in-rounds.js';
import { judge } from './harness/judge.js';
import type { Question } from './harness/question.js';
import { race, rowsOf, speed } from './harness/race.js';
import { groupSide, TUNED } from './harness/group-side.js';
import { withServer } from './harness/with-server.js';

const ENTRIES = 300_000;

export const group: Question = {
  asks: 'Is `fromGroup` with `bufferRefill(1000)` and `ackAfter` faster than the best hand-written group loop on ioredis 5?',
  answer: ({ rounds }) =>
    withServer(ENTRIES, async (port) => {
      const sides = {
        tuned: groupSide('tuned', TUNED, { port, entries: ENTRIES }),
        ours: groupSide('ours', 'fromGroup, bufferRefill(1000), ackAfter', { port, entries: ENTRIES }),
      };
      const laps = await race(sides, { rounds });
      const bars = [
        judge('pipeline / hand-tuned loop, entries per second', { atLeast: 1.2 }, ratios(laps.ours, laps.tuned, speed)),
      ];
      return { rows: rowsOf(sides, laps), bars };
    }),
};
