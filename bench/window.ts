import { groupSide } from './harness/group-side.js';
import { ratios } from './harness/in-rounds.js';
import { judge } from './harness/judge.js';
import type { Question } from './harness/question.js';
import { cpu, race, rowsOf, speed } from './harness/race.js';
import { withServer } from './harness/with-server.js';

const ENTRIES = 200_000;

export const window: Question = {
  asks: 'Does an entry cost the same in a window of 256 and in one of 10,000?',
  answer: ({ rounds }) =>
    withServer(ENTRIES, async (port) => {
      const side = (window: number) =>
        groupSide('ours', `window ${window.toLocaleString('en-US')}`, { port, entries: ENTRIES, window });
      const sides = { small: side(256), middle: side(1_000), large: side(10_000) };
      const laps = await race(sides, { rounds });
      return {
        rows: rowsOf(sides, laps),
        bars: [
          judge('window 10,000 / 256, time per entry', { atMost: 1.2 }, ratios(laps.small, laps.large, speed)),
          judge('window 10,000 / 256, client CPU per entry', { atMost: 1.2 }, ratios(laps.large, laps.small, cpu)),
        ],
      };
    }),
};
