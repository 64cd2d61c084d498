import { ratios } from './harness/in-rounds.js';
import { judge } from './harness/judge.js';
import type { Question } from './harness/question.js';
import { cpu, race, rowsOf } from './harness/race.js';
import { groupSide, TUNED } from './harness/group-side.js';
import { withServer } from './harness/with-server.js';

const ENTRIES = 300_000;

export const groupCpu: Question = {
  asks: 'Does the group pipeline take at most 0.6 of the CPU time per entry of the hand-tuned loop?',
  answer: ({ rounds }) =>
    withServer(ENTRIES, async (port) => {
      const sides = {
        tuned: groupSide('tuned', TUNED, { port, entries: ENTRIES }),
        ours: groupSide('ours', 'fromGroup, bufferRefill(1000), ackAfter', { port, entries: ENTRIES }),
      };
      const laps = await race(sides, { rounds });
      const bars = [
        judge('pipeline / hand-tuned loop, client CPU per entry', { atMost: 0.6 }, ratios(laps.ours, laps.tuned, cpu)),
      ];
      return { rows: rowsOf(sides, laps), bars };
    }),
};
