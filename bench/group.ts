import { ratios } from './harness/in-rounds.js';
import { judge } from './harness/judge.js';
import type { Question } from './harness/question.js';
import { cpu, race, rowsOf, speed } from './harness/race.js';
import { groupSide, TUNED } from './harness/group-side.js';
import { withServer } from './harness/with-server.js';

const ENTRIES = 300_000;

export const group: Question = {
  asks: 'Is `fromGroup` with `bufferRefill(1000)` and `ackAfter` faster than the best hand-written group loop on ioredis 5, at 0.6 of its CPU time per entry?',
  answer: ({ rounds }) =>
    withServer(ENTRIES, async (port) => {
      const sides = {
        tuned: groupSide('tuned', TUNED, { port, entries: ENTRIES }),
        ours: groupSide('ours', 'fromGroup, bufferRefill(1000), ackAfter', { port, entries: ENTRIES }),
      };
      const laps = await race(sides, { rounds });
      const bars = [
        judge('pipeline / hand-tuned loop, entries per second', { atLeast: 1.2 }, ratios(laps.ours, laps.tuned, speed)),
        judge('pipeline / hand-tuned loop, client CPU per entry', { atMost: 0.6 }, ratios(laps.ours, laps.tuned, cpu)),
      ];
      return { rows: rowsOf(sides, laps), bars };
    }),
};
