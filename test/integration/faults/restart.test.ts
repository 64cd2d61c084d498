/** Redis goes away and comes back, with its data: the Observable stays alive, tells each try, and loses nothing. */
import { setTimeout as sleep } from 'node:timers/promises';
import type { Redis } from 'ioredis';
import { describe, expect, it } from 'vitest';
import { ackAfter, fromGroup, fromStreams, whenIdle } from '../../../src/index.js';
import { eventually } from '../../support/eventually.js';
import { ground } from './ground.js';
import { notebook } from './notebook.js';
import { register } from './register.js';

const on = ground({ args: ['--appendonly', 'yes', '--appendfsync', 'always'] });

function consume(redis: Redis, options: object = {}) {
  const told = notebook();
  const seen = register();
  const end: { error?: unknown } = {};
  const subscription = fromGroup(redis, {
    streams: 's',
    group: 'g',
    consumer: 'c',
    timeout: 500,
    autoCreate: { from: '0' },
    notify: told.notify,
    ...options,
  })
    .pipe(
      ackAfter(
        async (entry) => {
          seen.came(entry);
          seen.start(entry);
          await sleep(1);
          seen.end(entry);
        },
        { concurrency: 4 },
      ),
    )
    .subscribe({ error: (error: unknown) => (end.error = error) });
  return { told, seen, end, subscription };
}

describe.each([
  ['restarts', 'SIGTERM'],
  ['is killed with -9', 'SIGKILL'],
] as const)('Redis %s', (_, signal) => {
  it('while entries are read and acked: goes on, nothing lost, nothing pending', async () => {
    const redis = on.client();
    const { told, seen, end, subscription } = consume(redis, { bufferSize: 20 });
    const ids = await on.fill('s', 300);
    await eventually(() => seen.ids.length > 40, 'it is at work');
    await on.server.restart({ signal, down: 400 });
    ids.push(...(await on.fill('s', 100, { from: 300 })));
    await eventually(() => seen.ids.length >= ids.length, 'every entry was processed');
    await on.settled();
    expect(seen.ids.toSorted()).toEqual(ids.toSorted());
    expect(seen.duplicates).toEqual([]);
    expect(seen.overlaps).toEqual([]);
    expect(end).toEqual({});
    const delays = told.of('retrying').filter(({ what }) => what === 'read' || what === 'connect');
    expect(delays.length).toBeGreaterThan(1);
    subscription.unsubscribe();
    await whenIdle(redis);
  });

  it('while blocked: the reader comes back, and the delays had grown', async () => {
    const redis = on.client();
    const { told, seen, end, subscription } = consume(redis);
    await on.blocked();
    await on.server.restart({ signal, down: 1500 });
    const ids = await on.fill('s', 5);
    await eventually(() => seen.ids.length === 5, 'they came');
    expect(seen.order).toEqual(ids);
    expect(end).toEqual({});
    const tries = told.of('retrying').filter(({ what }) => what === 'read' || what === 'connect');
    expect(tries.map(({ attempt }) => attempt)).toEqual(tries.map((_each, i) => i + 1));
    for (const { attempt, delay } of tries) {
      const full = Math.min(50 * 2 ** (attempt - 1), 5000);
      expect(delay).toBeGreaterThanOrEqual(full / 2);
      expect(delay).toBeLessThanOrEqual(full);
    }
    expect(tries.length).toBeGreaterThan(3);
    subscription.unsubscribe();
    await whenIdle(redis);
  });
});

it('fromStreams goes on behind the last entry it saw', async () => {
  const redis = on.client();
  const told = notebook();
  const came: string[] = [];
  const subscription = fromStreams(redis, { streams: { s: '0' }, timeout: 500, notify: told.notify }).subscribe(({ id }) =>
    came.push(id),
  );
  const ids = await on.fill('s', 3);
  await eventually(() => came.length === 3, 'the first came');
  await on.server.restart({ down: 200 });
  ids.push(...(await on.fill('s', 3, { from: 3 })));
  await eventually(() => came.length >= 6, 'the others came');
  expect(came).toEqual(ids);
  expect(told.of('retrying').length).toBeGreaterThan(0);
  subscription.unsubscribe();
  await whenIdle(redis);
});

it('unsubscribed while Redis is away: closes promptly', async () => {
  const redis = on.client();
  const { told, subscription } = consume(redis);
  await on.blocked();
  const back = on.server.restart({ down: 3000 });
  await eventually(() => told.of('retrying').length > 2, 'it tries');
  const start = performance.now();
  subscription.unsubscribe();
  await whenIdle(redis);
  expect(performance.now() - start).toBeLessThan(1500);
  await back;
});
