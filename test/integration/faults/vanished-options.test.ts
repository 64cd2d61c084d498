/** What the options say about a group that vanishes: `autoCreate`, `healFrom`, `autoAcknowledge`. */
import { expect, it } from 'vitest';
import { whenIdle } from '../../../src/index.js';
import { eventually } from '../../support/eventually.js';
import { consume } from './gated-consumer.js';
import { ground } from './ground.js';

const on = ground();

it('healFrom 0: everything is read again', async () => {
  const redis = on.client();
  const ids = await on.fill('s', 3);
  const { seen, subscription } = consume(redis, { healFrom: '0' });
  await eventually(() => seen.order.length === 3, 'the first came');
  await on.settled();
  await on.blocked();
  await on.admin.xgroup('DESTROY', 's', 'g');
  await eventually(() => seen.order.length === 6, 'they came again');
  expect(seen.order).toEqual([...ids, ...ids]);
  await on.settled();
  subscription.unsubscribe();
  await whenIdle(redis);
});

it.each([
  ['group destroyed', () => on.admin.xgroup('DESTROY', 's', 'g')],
  ['key deleted', () => on.admin.del('s')],
])('autoCreate off, %s: NO_GROUP at once', async (_, vanish) => {
  const redis = on.client();
  await on.admin.xgroup('CREATE', 's', 'g', '0', 'MKSTREAM');
  const { end } = consume(redis, { autoCreate: false });
  await on.blocked();
  const start = performance.now();
  await vanish();
  await eventually(() => end.error !== undefined, 'it errors');
  expect(performance.now() - start).toBeLessThan(900);
  expect(end.error).toMatchObject({ code: 'NO_GROUP' });
  await whenIdle(redis);
  expect(await on.admin.exists('s')).toBe(_ === 'key deleted' ? 0 : 1); // nobody made it again
});

it('autoAcknowledge: goes on as well', async () => {
  const redis = on.client();
  const before = await on.fill('s', 3);
  const { seen, subscription } = consume(redis, { autoAcknowledge: true });
  await eventually(() => seen.order.length === 3, 'the first came');
  await on.blocked();
  await on.admin.xgroup('DESTROY', 's', 'g');
  const after = await on.fill('s', 3);
  await eventually(() => seen.order.length >= 6, 'the others came');
  expect(seen.order).toEqual([...before, ...after]);
  subscription.unsubscribe();
  await whenIdle(redis);
});
