import type { Question } from './harness/question.js';
import { race, rowsOf } from './harness/race.js';
import { withServer } from './harness/with-server.js';
import { WINDOW } from './read.js';

const ENTRIES = 300_000;

export const readPeers: Question = {
  asks: 'How fast do others read a stream to its end, and what is the limit?',
  peers: true,
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
        large: side('loop', `ioredis 5 loop, XREAD COUNT ${WINDOW}`, WINDOW),
        ahead: side('ahead', 'ioredis 5 loop, next read in the air'),
        six: side('loop6', 'ioredis 6 loop'),
        iovalkey: side('iovalkey', 'iovalkey loop'),
        nodeRedis: side('nodeRedis', 'node-redis loop'),
        socket: side('socket', 'bare socket, nothing parsed'),
      };
      return { rows: rowsOf(sides, await race(sides, { rounds })), bars: [] };
    }),
};
