import { Redis, type RedisOptions } from 'ioredis';
import { catchError, firstValueFrom, from, of, race, timer } from 'rxjs';
import type { RedisClient } from '../index.js';

/** A client (never closed by this package), a URL, or options of ioredis, of which a client is made and closed at the end. */
export type RedisConnection = RedisClient | RedisOptions | string;

/** A client, and whether it is ours to close. */
export interface Connected {
  readonly client: RedisClient;
  readonly close: () => Promise<void>;
}

/** How long QUIT may take. */
const QUIT_WITHIN = 2_000;

/** Makes the client, where it is not one already. Quotes nothing of it: a URL or options have a password. */
export function connect(connection: unknown, { at, failed }: { at: string; failed: (error: Error) => void }): Connected {
  if (isClient(connection)) return { client: connection, close: () => Promise.resolve() };
  const redis = make(connection, at);
  redis.on('error', failed); // a client without a listener prints each error
  return { client: redis, close: () => quit(redis) };
}

function make(connection: unknown, at: string): Redis {
  if (typeof connection === 'string') {
    if (!/^rediss?:\/\/./.test(connection)) {
      throw new TypeError(`${at}: connection is a string, but no URL: give "redis://host:6379" or "rediss://…".`);
    }
    return new Redis(connection);
  }
  if (typeof connection === 'object' && connection !== null) return new Redis(connection);
  const got = connection === undefined ? 'missing' : `a ${typeof connection}`;
  throw new TypeError(`${at}: connection is ${got}: give a client of ioredis, its options, or a URL.`);
}

/** As the library itself tells a client: the classes of ioredis 5 and 6, of clusters and of iovalkey are all different ones. */
function isClient(value: unknown): value is RedisClient {
  const client = value as Partial<Record<string, unknown>> | null;
  return typeof value === 'object' && typeof client?.['call'] === 'function' && typeof client['duplicate'] === 'function';
}

/** Says QUIT where somebody answers, and disconnects anyhow: a QUIT that fails has found the connection closed. */
async function quit(redis: Redis): Promise<void> {
  if (redis.status === 'ready')
    await firstValueFrom(race(from(redis.quit()).pipe(catchError(() => of('closed'))), timer(QUIT_WITHIN)), {
      defaultValue: undefined,
    });
  redis.disconnect();
}
