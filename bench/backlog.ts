import { ratios } from './harness/in-rounds.js';
import { judge } from './harness/judge.js';
import type { Question } from './harness/question.js';
import { cpu, race, rowsOf, speed } from './harness/race.js';
import { withServer } from './harness/with-server.js';

const ENTRIES = 1_000_000;

export const backlog: Question = {
  asks: 'Does an entry of a backlog cost the same whether 10,000 are pending or a million?',
  answer: ({ rounds }) =>
    withServer(ENTRIES, async (port) => {
      const side = (pending: number, groups: number) => ({
        label: `${pending.toLocaleString('en-US')} pending${groups > 1 ? `, ${groups} times` : ''}`,
        file: 'backlog.mjs',
        args: [pending, port, groups],
      });
      const sides = { small: side(10_000, 20), large: side(1_000_000, 1) };
      const laps = await race(sides, { rounds, different: true });
      return {
        rows: rowsOf(sides, laps),
        bars: [
          judge('1 M / 10 k pending, time per entry', { atMost: 1.2 }, ratios(laps.small, laps.large, speed)),
          judge('1 M / 10 k pending, client CPU per entry', { atMost: 1.2 }, ratios(laps.large, laps.small, cpu)),
        ],
      };
    }),
};
