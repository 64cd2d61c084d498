/** The client that the examples use: the Redis at REDIS_URL, or the in-memory one of this package. */
import { Redis } from 'ioredis';
import { createMemoryRedis } from 'rxjs-redis-streams/testing';

export function connect(): Redis {
  const url = process.env['REDIS_URL'];
  return url ? new Redis(url) : createMemoryRedis();
}
