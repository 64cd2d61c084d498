import { ratios } from './harness/in-rounds.js';
import { judge } from './harness/judge.js';
import type { Question } from './harness/question.js';
import { race, rowsOf, speed } from './harness/race.js';
import { withServer } from './harness/with-server.js';

const ENTRIES = 800_000;
/** From 2,000 on the next read travels while one is worked on; the loop is no faster with a larger COUNT (`read-peers`). */
export const WINDOW = 8_000;

export const read: Question = {
  asks: 'Is `fromStreams`, reading 800,000 entries to the end with every field read, twice as fast as an ioredis 5 loop that builds the same objects?',
  answer: ({ rounds }) =>
    withServer(ENTRIES, async (port) => {
      const side = (name: string, label: string, size = 1_000) => ({
        label,
        file: 'read.mjs',
        args: [name, port, ENTRIES, size],
      });
      const sides = {
        loop: side('loop', 'ioredis 5 loop, XREAD COUNT 1000'),
        ours: side('ours', `fromStreams, window ${WINDOW}`, WINDOW),
        small: side('ours', 'fromStreams, window 1000'),
        limit: side('socket', 'the limit: a bare socket, nothing parsed'),
      };
      const laps = await race(sides, { rounds });
      const bars = [judge('fromStreams / loop, entries per second', { atLeast: 2 }, ratios(laps.ours, laps.loop, speed))];
      return { rows: rowsOf(sides, laps), bars };
    }),
};
