import type { ModuleMetadata } from '@nestjs/common';
import { Test, type TestingModule } from '@nestjs/testing';
import { createMemoryRedis, type MemoryRedis } from 'rxjs-redis-streams/testing';
import { RedisStreamsModule, type RedisStreamsOptions } from 'rxjs-redis-streams/nestjs';
import { afterEach } from 'vitest';

export interface App {
  readonly redis: MemoryRedis;
  readonly app: TestingModule;
}

const open: (() => Promise<void>)[] = [];
afterEach(async () => {
  for (const close of open.splice(0)) await close();
});

/** A test module on an in-memory Redis, initialised, silent, and closed after the test. */
export async function start(metadata: ModuleMetadata, root: Partial<RedisStreamsOptions> = {}): Promise<App> {
  const redis = createMemoryRedis();
  const module = {
    ...metadata,
    imports: [RedisStreamsModule.forRoot({ connection: redis, ...root }), ...(metadata.imports ?? [])],
  };
  const app = await Test.createTestingModule(module).setLogger(silent).compile();
  open.push(async () => redis.disconnect());
  await app.init();
  open.unshift(() => app.close()); // one that did not start has nothing to close, and Nest 11 refuses to
  return { redis, app };
}

/** The error with which an application does not start. */
export async function refused(metadata: ModuleMetadata, root: Partial<RedisStreamsOptions> = {}): Promise<Error> {
  try {
    await start(metadata, root);
  } catch (error) {
    return error as Error;
  }
  throw new Error('the application started');
}

/** Ids that are pending, in the order of the list. */
export async function pending(redis: MemoryRedis, stream: string, group: string): Promise<string[]> {
  const rows = (await redis.xpending(stream, group, '-', '+', 100)) as [id: string][];
  return rows.map(([id]) => id);
}

export const silent = { log: nothing, error: nothing, warn: nothing, debug: nothing, verbose: nothing, fatal: nothing };
function nothing(): void {
  // a test reads what it asserts, not the log
}
