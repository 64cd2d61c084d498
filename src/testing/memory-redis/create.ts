import type { Redis, RedisOptions } from 'ioredis';
import type { SchedulerLike } from 'rxjs';
import { MemoryRedisClient } from './client.js';
import { Clock } from './clock.js';
import { Server } from './server.js';

/** An in-memory Redis, with the type of the real client. */
export type MemoryRedis = Redis;

/** Options of ioredis that make sense without a network, and where the data is. */
export interface MemoryRedisOptions extends Omit<RedisOptions, 'host' | 'port' | 'path' | 'sentinels' | 'name'> {
  /** Share the data of this one; without it the new client has a server of its own. */
  readonly server?: MemoryRedis;
  /**
   * The clock: its `now()` makes ids, delivery times and idle times, and BLOCK and EXPIRE run on it. With a VirtualTimeScheduler
   * nothing takes time. Default `asyncScheduler`: the real clock, or the one that a test runner's fake timers put in its place.
   */
  readonly scheduler?: SchedulerLike;
  /** ms since the epoch: makes ids, delivery times and idle times instead of the scheduler, which keeps BLOCK and EXPIRE. */
  readonly now?: () => number;
  /** Keys to begin with, as in ioredis-mock. */
  readonly data?: Readonly<Record<string, unknown>>;
}

let servers = 0;

/**
 * A Redis in this process, with the methods, events and errors of an ioredis client: ioredis-mock with the stream commands of
 * Redis 7.0, blocking reads and consumer groups included. Use it in tests, and to try things out.
 *
 * ```ts
 * const redis = createMemoryRedis();
 * await redis.xadd('orders', '*', 'item', 'tea');
 * const other = createMemoryRedis({ server: redis });   // another connection to the same data; so is redis.duplicate()
 * ```
 *
 * What can go wrong: scripts run in ioredis-mock's Lua, which knows no stream commands (those of this package run natively), and
 * nothing is ever on disk.
 */
export function createMemoryRedis({ server, scheduler, now, ...options }: MemoryRedisOptions = {}): MemoryRedis {
  const shared = server ? serverOf(server) : new Server(`memory-${++servers}`, new Clock({ scheduler, now }));
  return new MemoryRedisClient(shared, { ...options }) as unknown as MemoryRedis;
}

function serverOf(client: unknown): Server {
  if (client instanceof MemoryRedisClient) return client.server;
  throw new TypeError('server: expected what createMemoryRedis() gave');
}
