import { Redis as Five, type RedisOptions } from 'ioredis';
import { Redis as Six } from 'ioredis6';

/** A client of the major under test: the alias of vitest does not reach a child process. */
export function clientOf(port: number, options: RedisOptions = {}): Five {
  if (process.env['IOREDIS_MAJOR'] !== '6') return new Five({ port, ...options });
  return new Six({ port, ...options } as object) as unknown as Five;
}
