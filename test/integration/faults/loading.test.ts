/** Redis answers LOADING for a while after its start: it is asked again, with growing delays. */
import { expect, it } from 'vitest';
import { ackAfter, fromGroup, whenIdle } from '../../../src/index.js';
import { eventually } from '../../support/eventually.js';
import { ground } from './ground.js';
import { notebook } from './notebook.js';

/** Each command of the log takes 300 µs to load, so that loading can be seen at all; the server looks up every 1,024 of them. */
const on = ground({ args: ['--appendonly', 'yes', '--key-load-delay', '300'] });

it.each([
  ['ioredis waits for the end of it', {}],
  ['ioredis does not look', { enableReadyCheck: false }],
])('reading and acking go on behind it (%s)', async (_, options) => {
  const redis = on.client(options);
  const told = notebook();
  const came: string[] = [];
  let failure: unknown;
  const subscription = fromGroup(redis, {
    streams: 's',
    group: 'g',
    consumer: 'c',
    timeout: 500,
    autoCreate: { from: '0' },
    notify: told.notify,
  })
    .pipe(ackAfter(({ id }) => void came.push(id)))
    .subscribe({ error: (error: unknown) => (failure = error) });
  const ids = await on.fill('s', 3);
  await eventually(async () => came.length === 3 && (await on.pending('s', 'g')).length === 0, 'the first are done');
  const ballast = on.admin.pipeline();
  for (let i = 0; i < 4000; i++) ballast.set(`ballast ${i}`, 'x');
  await ballast.exec();

  await on.server.restart();
  ids.push(...(await on.fill('s', 3, { from: 3 })));
  await eventually(() => came.length >= 6, 'the others came');
  await on.settled();
  expect(came).toEqual(ids);
  expect(failure).toBeUndefined();
  expect(told.of('retrying').length).toBeGreaterThan(0);
  if ('enableReadyCheck' in options) {
    expect(told.of('retrying').filter(({ error }) => error.message.startsWith('LOADING')).length).toBeGreaterThan(0);
  }
  subscription.unsubscribe();
  await whenIdle(redis);
});
