/** `retry()` behind a project that fails: the next subscription takes over what the one before fetched and did not settle. */
import { setTimeout as sleep } from 'node:timers/promises';
import { lastValueFrom, retry } from 'rxjs';
import { expect, it } from 'vitest';
import { ackAfter, fromGroup, untilDrained, whenIdle } from '../../../src/index.js';
import { dice } from '../../support/dice.js';
import { eventually } from '../../support/eventually.js';
import { ground } from './ground.js';
import { register } from './register.js';

const on = ground();

it.each([
  ['one consumer name', { consumer: 'c' }],
  ['a generated name', {}],
])('at concurrency 8, 2 of 100: none stranded, none twice at once, all acked (%s)', async (_, name) => {
  const redis = on.client();
  const ids = await on.filled(2000);
  const seen = register();
  const done = new Set<string>();
  const again: string[] = [];
  const random = dice(7);
  let failures = 0;
  const running = fromGroup(redis, { streams: 's', group: 'g', ...name, bufferSize: 32, timeout: 500 })
    .pipe(
      ackAfter(
        async (entry) => {
          if (done.has(entry.id)) again.push(entry.id);
          seen.came(entry);
          seen.start(entry);
          await sleep(random() * 3);
          seen.end(entry);
          if (random() < 0.02) {
            failures += 1;
            throw new Error(`${entry.id} failed`);
          }
          done.add(entry.id);
        },
        { concurrency: 8 },
      ),
      retry(),
    )
    .subscribe();
  await eventually(() => done.size === ids.length || `${done.size} done after ${failures} failures`, 'all are done', {
    within: 30_000,
  });
  await on.settled();
  running.unsubscribe();
  await whenIdle(redis);

  expect(failures).toBeGreaterThan(15);
  expect(seen.overlaps).toEqual([]);
  expect(again).toEqual([]); // what was acked never came again
  expect(seen.ids.toSorted()).toEqual(ids.toSorted());
});

it('at concurrency 1: what failed comes first again, and the order of the stream holds', async () => {
  const redis = on.client();
  const ids = await on.filled(200);
  const done: string[] = [];
  const came: [id: string, origin: string, attempt: number][] = [];
  let failed = 0;
  await lastValueFrom(
    fromGroup(redis, { streams: 's', group: 'g', consumer: 'c', bufferSize: 20 }).pipe(
      untilDrained(),
      ackAfter(async (entry) => {
        came.push([entry.id, entry.origin, entry.attempt]);
        await sleep(0);
        if (ids.indexOf(entry.id) % 30 === 17 && entry.attempt === 1) {
          failed += 1;
          throw new Error('not yet');
        }
        done.push(entry.id);
      }),
      retry(),
    ),
  );
  expect(failed).toBe(Math.ceil((200 - 17) / 30));
  expect(done).toEqual(ids);
  expect(came.filter(([, origin, attempt]) => attempt === 2 && origin !== 'recovered')).toEqual([]);
  // Only what had failed counts a second delivery: the rest was given back before it came again.
  expect(came.filter(([, , attempt]) => attempt > 1)).toHaveLength(failed);
  expect(await on.pending('s', 'g')).toEqual([]);
});

it('several streams: each is taken over', async () => {
  const redis = on.client();
  const streams = ['a', 'b', 'c'];
  const ids: string[] = [];
  for (const stream of streams) {
    await on.admin.xgroup('CREATE', stream, 'g', '0', 'MKSTREAM');
    ids.push(...(await on.fill(stream, 50)).map((id) => `${stream} ${id}`));
  }
  const random = dice(3);
  const done: string[] = [];
  await lastValueFrom(
    fromGroup(redis, { streams, group: 'g', consumer: 'c', bufferSize: 30 }).pipe(
      untilDrained(),
      ackAfter(
        async (entry) => {
          await sleep(random() * 2);
          if (random() < 0.05) throw new Error('failed');
          done.push(`${entry.stream} ${entry.id}`);
        },
        { concurrency: 4 },
      ),
      retry(),
    ),
  );
  expect(done.toSorted()).toEqual(ids.toSorted());
  for (const stream of streams) expect(await on.pending(stream, 'g')).toEqual([]);
});
