import { groupSide, TUNED } from './harness/group-side.js';
import type { Question } from './harness/question.js';
import { race, rowsOf } from './harness/race.js';
import { withServer } from './harness/with-server.js';

const ENTRIES = 150_000;
/** What the slow ones get: enough for some two seconds. */
const JOBS = 4_000;
const CONCURRENT_JOBS = 15_000;
const BROKERED = 30_000;

export const groupPeers: Question = {
  asks: 'How fast do others work off a group, and what is the limit?',
  peers: true,
  answer: ({ rounds }) =>
    withServer(ENTRIES, async (port) => {
      const side = (name: string, label: string) => groupSide(name, label, { port, entries: ENTRIES });
      const library = (name: string, label: string, entries: number) => ({
        label,
        file: 'libraries.mjs',
        args: [name, port, entries],
      });
      const sides = {
        tuned: side('tuned', TUNED),
        ours: side('ours', 'fromGroup, bufferRefill(1000), ackAfter'),
        plain: side('plain', 'ioredis 5: XREADGROUP COUNT 100, one XACK, one after the other'),
        six: side('tuned6', 'hand-tuned loop on ioredis 6'),
        iovalkey: side('iovalkey', 'hand-tuned loop on iovalkey'),
        nodeRedis: side('nodeRedis', 'hand-tuned loop on node-redis'),
        broker: library('broker', 'redis-streams-broker, 500 at once', BROKERED),
        bullmq: library('bullmq', 'BullMQ worker', JOBS),
        bullmq100: library('bullmq100', 'BullMQ worker, concurrency 100', CONCURRENT_JOBS),
        memory: { label: 'the pipeline on the in-memory Redis, server included', file: 'memory-group.mjs', args: [ENTRIES] },
        socket: side('socket', 'bare socket, nothing parsed'),
      };
      return { rows: rowsOf(sides, await race(sides, { rounds, different: true })), bars: [] };
    }),
};
