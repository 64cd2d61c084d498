import { backlog } from './backlog.js';
import { cluster } from './cluster.js';
import { cost } from './cost.js';
import { decoder } from './decoder.js';
import { group } from './group.js';
import { groupAsync } from './group-async.js';
import { groupPeers } from './group-peers.js';
import type { Question } from './harness/question.js';
import { ioredis6 } from './ioredis6.js';
import { latency } from './latency.js';
import { manyStreams } from './many-streams.js';
import { memoryRedis } from './memory-redis.js';
import { micro } from './micro.js';
import { naive } from './naive.js';
import { read } from './read.js';
import { readMemory } from './read-memory.js';
import { readPeers } from './read-peers.js';
import { scale } from './scale.js';
import { slowSubscriber } from './slow-subscriber.js';
import { window } from './window.js';

/** In the order in which they are asked. */
export const questions: Readonly<Record<string, Question>> = {
  read,
  'read-memory': readMemory,
  'read-peers': readPeers,
  group,
  'group-async': groupAsync,
  'group-peers': groupPeers,
  ioredis6,
  naive,
  latency,
  'many-streams': manyStreams,
  backlog,
  window,
  decoder,
  micro,
  cost,
  'slow-subscriber': slowSubscriber,
  'memory-redis': memoryRedis,
  cluster,
  scale,
};

/**
 * What `npm run bench:quick` asks: one each of CPU, memory and time, whose ratios hold on a busy machine. `group` and `read` are not among them
 * as long as they miss their bars by so much that it would fail.
 */
export const quick: readonly string[] = ['decoder', 'read-memory', 'cost'];
