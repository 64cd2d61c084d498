/** The group goes in the middle of a backlog: what is left of it is in no pending list any more, and has to come all the same. */
import { setTimeout as sleep } from 'node:timers/promises';
import { expect, it } from 'vitest';
import { ackAfter, backlogFirst, fromGroup, whenIdle } from '../../../src/index.js';
import { eventually } from '../../support/eventually.js';
import { ground } from './ground.js';
import { notebook } from './notebook.js';
import { register } from './register.js';

const on = ground();

it('every entry of it is processed, and what was done before does not come again', async () => {
  const redis = on.client();
  const ids = await on.filled(500);
  await on.admin.xreadgroup('GROUP', 'g', 'c', 'COUNT', 500, 'STREAMS', 's', '>');
  const fresh = await on.fill('s', 20);
  const told = notebook();
  const seen = register();
  const subscription = fromGroup(redis, { streams: 's', group: 'g', consumer: 'c', bufferSize: 10, notify: told.notify })
    .pipe(
      backlogFirst(),
      ackAfter(async (entry) => {
        await sleep(1); // how long work takes
        seen.came(entry);
      }),
    )
    .subscribe();
  await eventually(() => seen.order.length > 50, 'it is at work');
  await on.admin.xgroup('DESTROY', 's', 'g');
  await eventually(() => seen.order.length >= 520 || `${seen.order.length} of 520`, 'all of it came');
  await on.settled();
  expect(seen.order).toEqual([...ids, ...fresh]);
  expect(told.of('healed')).toHaveLength(1);
  expect(told.of('backlog-done')).toHaveLength(1);
  subscription.unsubscribe();
  await whenIdle(redis);
});
