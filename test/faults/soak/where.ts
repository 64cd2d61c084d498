import { Cluster, Redis, type RedisOptions } from 'ioredis';

/** Where a process finds Redis: one server, or a cluster each of whose nodes it may reach at another address than they tell. */
export type Where = { readonly port: number } | { readonly ports: readonly number[]; readonly reached: Reached };

/** By `host:port` as the nodes tell it. */
export type Reached = Readonly<Record<string, { readonly host: string; readonly port: number }>>;

export interface Manners {
  /** Whether it sends an interrupted command again by itself. */
  readonly sendsAgain: boolean;
}

/** Nothing is printed of what befalls it, since faults are the subject here. */
export function connect(where: Where, options: RedisOptions, { sendsAgain }: Manners): Redis | Cluster {
  const retry = (times: number): number => Math.min(50 * times, 500);
  const maxRetriesPerRequest = sendsAgain ? null : 0;
  const redis =
    'port' in where
      ? new Redis({ ...options, port: where.port, maxRetriesPerRequest, retryStrategy: retry })
      : new Cluster(
          where.ports.map((port) => ({ host: '127.0.0.1', port })),
          {
            natMap: where.reached,
            redisOptions: { ...options, maxRetriesPerRequest },
            clusterRetryStrategy: retry,
            ...(sendsAgain ? {} : { retryDelayOnFailover: 0 }),
          },
        );
  return redis.on('error', () => undefined);
}
