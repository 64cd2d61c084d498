export { createMarbles, type Marbles } from './marbles/create-marbles.js';
export type { Assertion } from './marbles/expectations.js';
export type { Lines } from './marbles/play.js';
export type {
  DeliveriesOptions,
  GroupScript,
  MarbleScript,
  MarbleValues,
  ObservableExpectation,
  SourceScript,
  StreamsScript,
} from './marbles/marble-script.js';
export type { Settled } from './marbles/tally.js';
export { createMemoryRedis, type MemoryRedis, type MemoryRedisOptions } from './memory-redis/create.js';
