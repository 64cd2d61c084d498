import { groupSide } from './harness/group-side.js';
import { ratios } from './harness/in-rounds.js';
import { judge } from './harness/judge.js';
import type { Question } from './harness/question.js';
import { race, rowsOf, speed } from './harness/race.js';
import { withServer } from './harness/with-server.js';

const ENTRIES = { whole: 200_000, quick: 100_000 };
const WINDOW = 256;

export const cost: Question = {
  asks: 'What do leases, backlog, claims and redelivery cost while nothing goes wrong?',
  answer: ({ rounds, kind }) =>
    withServer(ENTRIES[kind], async (port) => {
      const side = (name: string, label: string) => groupSide(name, label, { port, entries: ENTRIES[kind], window: WINDOW });
      const sides = {
        bare: side('bare', 'fromGroup, ackAfter, no leases'),
        equipped: side('equipped', 'with leases, backlog, claims, redelivery'),
      };
      const laps = await race(sides, { rounds });
      const bars = [judge('equipped / bare, entries per second', { atLeast: 0.97 }, ratios(laps.equipped, laps.bare, speed))];
      return { rows: rowsOf(sides, laps), bars };
    }),
};
