import { ratios } from './harness/in-rounds.js';
import { judge } from './harness/judge.js';
import type { Question } from './harness/question.js';
import { memory, race, rowsOf } from './harness/race.js';
import { withServer } from './harness/with-server.js';
import { WINDOW } from './read.js';

const ENTRIES = { whole: 800_000, quick: 150_000 };

export const readMemory: Question = {
  asks: 'Does reading 800,000 entries to the end take no more memory (peak RSS) than 1.2 times that of an ioredis 5 loop?',
  answer: ({ rounds, kind }) =>
    withServer(ENTRIES[kind], async (port) => {
      const side = (name: string, label: string, size = 1_000) => ({
        label,
        file: 'read.mjs',
        args: [name, port, ENTRIES[kind], size],
      });
      const sides = {
        loop: side('loop', 'ioredis 5 loop, XREAD COUNT 1000'),
        ours: side('ours', `fromStreams, window ${WINDOW}`, WINDOW),
      };
      const laps = await race(sides, { rounds });
      const bars = [judge('fromStreams / loop, peak RSS', { atMost: 1.2 }, ratios(laps.ours, laps.loop, memory))];
      return { rows: rowsOf(sides, laps), bars };
    }),
};
