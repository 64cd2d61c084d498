/** Reconciling reads XPENDING page by page, and acks go on meanwhile: what a page shows may be acked before the last page is there. */
import { expect, it } from 'vitest';
import { fromGroup, whenIdle, type Delivery } from '../../../src/index.js';
import { eventually } from '../../support/eventually.js';
import { ground } from './ground.js';
import { notebook } from './notebook.js';

const on = ground();

it('acked and confirmed between two pages: it does not come again', async () => {
  const proxy = await on.proxy();
  const redis = on.clientReadingThrough(proxy);
  const told = notebook();
  await on.admin.xgroup('CREATE', 's', 'g', '0', 'MKSTREAM');
  const held: Delivery[] = [];
  const subscription = fromGroup(redis, {
    ...{ streams: 's', group: 'g', consumer: 'c', bufferSize: 1000, refillAt: 999, timeout: 3000, notify: told.notify },
  }).subscribe((entry) => held.push(entry));
  await on.blocked();
  // A reply is lost while nothing is held. Its floor is below all that comes until it is looked for again, when its block is over.
  const cutting = proxy.cutReplies((chunk) => chunk.includes('n'));
  const ids = await on.fill('s', 1);
  await cutting.done;
  await eventually(() => held.length === 1, 'it is recovered');
  ids.push(...(await on.fill('s', 300, { from: 1 })));
  await eventually(() => held.length === ids.length, 'all are held');

  let pages = 0;
  const call = redis.call.bind(redis) as (name: string, args: (string | number)[]) => Promise<unknown>;
  Object.assign(redis, {
    call: async (name: string, args: (string | number)[]) => {
      // The first page is here; before the second one is asked for, what it has shown is acked.
      if (name === 'XPENDING' && ++pages === 2) await Promise.all(held.slice(0, 100).map((entry) => entry.ack()));
      return call(name, args);
    },
  });
  await eventually(() => pages >= 2, 'it is looked for again');
  await on.blocked();
  const [last] = await on.fill('s', 1, { from: 301 });
  await eventually(() => held.some(({ id }) => id === last), 'reading goes on');
  expect(held.map(({ id }) => id)).toEqual([...ids, last]);
  expect(told.of('recovered').flatMap((notice) => notice.ids)).toEqual([ids[0]]);
  subscription.unsubscribe();
  await whenIdle(redis);
});
