/** `repeat()`: the next subscription waits until the one before has closed, however that came to its end. */
import { setTimeout as sleep } from 'node:timers/promises';
import { lastValueFrom, repeat, Subject, take, takeUntil, toArray } from 'rxjs';
import { expect, it } from 'vitest';
import { ackAfter, fromGroup, whenIdle, type Delivery } from '../../../src/index.js';
import { eventually } from '../../support/eventually.js';
import { ground } from './ground.js';

const on = ground();

it('with take(10): every entry once, in order, none pending at the end', async () => {
  const redis = on.client();
  const ids = await on.filled(200);
  const came = await lastValueFrom(
    fromGroup(redis, { streams: 's', group: 'g', consumer: 'c', bufferSize: 25 }).pipe(
      ackAfter((entry) => entry.id),
      take(10),
      repeat(20),
      toArray(),
    ),
  );
  expect(came).toEqual(ids);
  await whenIdle(redis);
  expect(await on.pending('s', 'g')).toEqual([]);
});

it('with takeUntil above a stage that has nothing to do', async () => {
  const redis = on.client();
  await on.admin.xgroup('CREATE', 's', 'g', '0', 'MKSTREAM');
  const stop = new Subject<void>();
  const done: string[] = [];
  const running = fromGroup(redis, { streams: 's', group: 'g', consumer: 'c' })
    .pipe(
      takeUntil(stop),
      ackAfter(({ id }) => void done.push(id)),
      repeat(),
    )
    .subscribe();
  const ids: string[] = [];
  for (let round = 0; round < 5; round++) {
    await on.blocked();
    stop.next();
    ids.push(...(await on.fill('s', 2)));
    await eventually(() => done.length === ids.length, 'they came');
  }
  expect(done).toEqual(ids);
  running.unsubscribe();
  await whenIdle(redis);
  expect(await on.pending('s', 'g')).toEqual([]);
});

it('with takeUntil above the stage: what had not started is given back and comes again, once', async () => {
  const redis = on.client();
  const ids = await on.filled(120);
  const done: string[] = [];
  const attempts: number[] = [];
  const enough = new Subject<void>();
  const running = fromGroup(redis, { streams: 's', group: 'g', consumer: 'c', bufferSize: 25 })
    .pipe(
      takeUntil(enough),
      ackAfter(async (entry: Delivery) => {
        attempts.push(entry.attempt);
        await sleep(2);
        done.push(entry.id);
        if (done.length % 10 === 5) enough.next();
      }),
      repeat(),
    )
    .subscribe();
  await eventually(() => done.length >= ids.length, 'all are done');
  running.unsubscribe();
  await whenIdle(redis);
  expect(done).toEqual(ids);
  expect(attempts.every((attempt) => attempt === 1)).toBe(true);
  expect(await on.pending('s', 'g')).toEqual([]);
});
