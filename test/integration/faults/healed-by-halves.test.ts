/** Registering what is held takes several commands (one per delivery count, and per 1,000 entries), and any of them can fail. */
import type { Redis } from 'ioredis';
import { expect, it } from 'vitest';
import { whenIdle } from '../../../src/index.js';
import { eventually } from '../../support/eventually.js';
import { consume } from './gated-consumer.js';
import { ground } from './ground.js';

const on = ground();

it('the connection is lost between two of them: the rest is registered by the next try', async () => {
  const redis = on.client();
  const ids = await on.filled(4);
  // Two of them come for the second time: two counts, two XCLAIMs.
  await on.admin.xreadgroup('GROUP', 'g', 'c', 'COUNT', 2, 'STREAMS', 's', '>');
  const { told, seen, open, subscription } = consume(redis, { startFromBacklog: true }, { gated: true });
  await eventually(() => seen.order.length === 4, 'four run');
  await on.blocked();
  const claims = failing(redis, 'XCLAIM', 2);
  await on.admin.xgroup('DESTROY', 's', 'g');
  await eventually(() => claims.sent >= 3, 'it is tried again');
  await on.blocked();
  expect((await on.pending('s', 'g')).map(({ id, count }) => [id, count])).toEqual([
    ...ids.slice(0, 2).map((id) => [id, 2]),
    ...ids.slice(2).map((id) => [id, 1]),
  ]);
  expect(told.of('healed')).toEqual([{ type: 'healed', stream: 's', group: 'g', from: ids[3], held: 2 }]);
  open();
  await on.settled();
  expect(seen.order).toEqual(ids);
  subscription.unsubscribe();
  await whenIdle(redis);
});

/** The nth command of that name fails as if the connection had been lost. */
function failing(redis: Redis, command: string, nth: number): { sent: number } {
  const calls = { sent: 0 };
  const call = redis.call.bind(redis) as (name: string, args: (string | number)[]) => Promise<unknown>;
  const lost = Object.assign(new Error('read ECONNRESET'), { code: 'ECONNRESET', syscall: 'read' });
  Object.assign(redis, {
    call: (name: string, args: (string | number)[]) => {
      if (name === command && ++calls.sent === nth) return Promise.reject(lost);
      return call(name, args);
    },
  });
  return calls;
}
