import { createHook } from 'node:async_hooks';
import { count, lastValueFrom } from 'rxjs';
import { expect, it } from 'vitest';
import { ackAfter, bufferRefill, fromGroup, untilDrained, whenIdle } from '../../src/index.js';
import { backends } from '../support/backends.js';

it.each(backends)('makes no promise per entry where the project is synchronous: on $name', async ({ start }) => {
  const backend = await start();
  const redis = backend.connect();
  const pipeline = redis.pipeline();
  for (let i = 0; i < 10_000; i++) pipeline.xadd('s', '*', 'n', String(i));
  await pipeline.exec();

  const promisesOf = async (work: () => Promise<unknown>): Promise<number> => {
    let made = 0;
    const hook = createHook({ init: (_, type) => void (made += type === 'PROMISE' ? 1 : 0) }).enable();
    await work();
    hook.disable();
    return made;
  };
  const drain = (group: string, project: () => unknown) => () =>
    lastValueFrom(
      fromGroup(redis, { streams: 's', group, consumer: 'c', autoCreate: { from: '0' } }).pipe(
        bufferRefill({ size: 500 }),
        untilDrained(),
        ackAfter(project),
        count(),
      ),
    );

  const sync = await promisesOf(drain('sync', () => 1));
  const async = await promisesOf(drain('async', () => Promise.resolve(1)));
  // What is left belongs to the commands: some twenty reads and acks.
  expect(sync).toBeLessThan(1_000);
  // The hook does see promises, where there is one per entry.
  expect(async).toBeGreaterThan(10_000);
  await whenIdle(redis);
  await redis.quit();
  await backend.stop();
});
