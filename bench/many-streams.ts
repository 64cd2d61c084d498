import { fill } from './harness/fill.js';
import { ratios, type Side } from './harness/in-rounds.js';
import { judge } from './harness/judge.js';
import type { Question } from './harness/question.js';
import { race, rowsOf, speed } from './harness/race.js';
import { withServer } from './harness/with-server.js';

const ENTRIES = 200_000;

export const manyStreams: Question = {
  asks: 'How much of its speed does one subscription keep when the same entries are spread over 64 streams, or over 1,000 at a window of 10 for each?',
  answer: ({ rounds }) =>
    withServer(0, async (port) => {
      const side = async (name: string, streams: number, window: number): Promise<Side> => {
        await fill(
          port,
          ENTRIES,
          Array.from({ length: streams }, (_, i) => `${name}:${i}`),
        );
        const count = streams === 1 ? '1 stream' : `${streams.toLocaleString('en-US')} streams`;
        return {
          label: `${count}, window ${window.toLocaleString('en-US')}`,
          file: 'streams.mjs',
          args: [name, port, ENTRIES, streams, window],
        };
      };
      const sides = {
        one: await side('one', 1, 1_000),
        many: await side('many', 64, 1_000),
        oneWide: await side('wide', 1, 10_000),
        thousand: await side('thousand', 1_000, 10_000),
      };
      const laps = await race(sides, { rounds });
      return {
        rows: rowsOf(sides, laps),
        bars: [
          judge('64 streams / 1 stream, entries per second', { atLeast: 0.7 }, ratios(laps.many, laps.one, speed)),
          judge('1,000 streams / 1 stream, entries per second', { atLeast: 0.6 }, ratios(laps.thousand, laps.oneWide, speed)),
        ],
      };
    }),
};
