import { ratios } from './harness/in-rounds.js';
import { judge } from './harness/judge.js';
import type { Question } from './harness/question.js';
import { race, rowsOf, speed } from './harness/race.js';
import { groupSide } from './harness/group-side.js';
import { withServer } from './harness/with-server.js';

const ENTRIES = 600_000;
/** They take about as long as the pipeline takes for all: both begin cold. */
const NAIVE = 24_000;
/** The next read travels while one is worked on. */
const WINDOW = 4_000;

export const naive: Question = {
  asks: 'Is `ackAfter` at concurrency 1, with synchronous work, 25 times as fast as a loop that awaits an XACK for each entry?',
  answer: ({ rounds }) =>
    withServer(ENTRIES, async (port) => {
      const sides = {
        naive: groupSide('naive', 'one awaited XACK per entry', { port, entries: NAIVE }),
        ours: groupSide('ours', `fromGroup, bufferRefill(${WINDOW}), ackAfter`, { port, entries: ENTRIES, window: WINDOW }),
        small: groupSide('ours', 'the same, bufferRefill(1000)', { port, entries: ENTRIES }),
        limit: groupSide('socket', 'the limit: a bare socket, one XACK for 500 entries, nothing parsed', {
          port,
          entries: ENTRIES,
        }),
      };
      const laps = await race(sides, { rounds, different: true });
      const bars = [judge('pipeline / naive loop, entries per second', { atLeast: 25 }, ratios(laps.ours, laps.naive, speed))];
      return { rows: rowsOf(sides, laps), bars };
    }),
};
