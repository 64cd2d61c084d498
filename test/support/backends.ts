/**
 * What the integration tests run on: a real server, and the in-memory Redis, which is to behave the same. A test that needs something
 * only a server has stands in a block that says so.
 */
import type { Redis, RedisOptions } from 'ioredis';
import { createMemoryRedis } from 'rxjs-redis-streams/testing';
import { startRedis } from './redis-server.js';
import { OWN, workerArgs, workerClient } from './worker-client.js';

export interface Backend {
  /** A client of its own; `stop()` does not close it. */
  connect(options?: RedisOptions): Redis;
  stop(): Promise<void>;
}

export interface BackendStart {
  readonly name: string;
  start(): Promise<Backend>;
}

const server: BackendStart = {
  name: 'a real server',
  async start() {
    const { port, stop } = await startRedis({ args: workerArgs });
    return { connect: (options = {}) => workerClient({ port, host: '127.0.0.1', ...options }), stop };
  },
};

export const memory: BackendStart = {
  name: 'the in-memory Redis',
  async start() {
    // Never connected: it holds the data, and no connection that a test would find.
    const holder = createMemoryRedis({ lazyConnect: true });
    return {
      connect: (options = {}) => createMemoryRedis({ ...options, server: holder }),
      stop: async () => holder.disconnect(),
    };
  },
};

export const backends: readonly BackendStart[] = [server, memory];

/** Connections of a backend that are blocked in a read: their ids. */
export async function blockedReaders(redis: Redis): Promise<string[]> {
  const list = String(await redis.client('LIST'));
  return [...list.matchAll(/^id=(\d+) .*\bflags=\w*b/gm)].map(([, id]) => id as string);
}

/** How many connections there are. */
export async function connections(redis: Redis): Promise<number> {
  return String(await redis.client('LIST'))
    .trim()
    .split('\n')
    .filter((line) => !line.includes(` name=${OWN} `)).length;
}

/**
 * Counts the commands that a client and its duplicates send through `call`, which is how this library sends all of its; those of the
 * connection for reading only with `reader: 'client'`.
 */
export function countCommands(redis: Redis): ReadonlyMap<string, number> {
  const counts = new Map<string, number>();
  const watch = (client: Redis): Redis => {
    const [call, duplicate] = [client.call.bind(client), client.duplicate.bind(client)] as [
      (name: string, ...args: unknown[]) => Promise<unknown>,
      (override?: object) => Redis,
    ];
    return Object.assign(client, {
      call(name: string, ...args: unknown[]) {
        counts.set(name, (counts.get(name) ?? 0) + 1);
        return call(name, ...args);
      },
      duplicate: (override?: object) => watch(duplicate(override)),
    });
  };
  watch(redis);
  return counts;
}
