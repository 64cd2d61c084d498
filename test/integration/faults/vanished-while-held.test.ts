/** The group or its key goes while entries are held: they are registered again in the group that is made in its place. */
import { setTimeout as sleep } from 'node:timers/promises';
import { firstValueFrom } from 'rxjs';
import { expect, it } from 'vitest';
import { fromGroup, whenIdle } from '../../../src/index.js';
import { eventually } from '../../support/eventually.js';
import { consume } from './gated-consumer.js';
import { ground } from './ground.js';

const on = ground();

it('they are registered again with their counts, and acks empty the new pending list', async () => {
  const redis = on.client();
  const ids = await on.fill('s', 4);
  const { told, seen, open, subscription } = consume(redis, {}, { gated: true });
  await eventually(() => seen.order.length === 4, 'four run');
  await on.blocked();
  await on.admin.xgroup('DESTROY', 's', 'g');
  await eventually(() => told.of('healed').length === 1, 'it is healed');
  expect(told.of('healed')[0]).toMatchObject({ from: ids[3], held: 4 });
  expect((await on.pending('s', 'g')).map(({ id, consumer, count }) => [id, consumer, count])).toEqual(
    ids.map((id) => [id, 'c', 1]),
  );
  open();
  await on.settled();
  expect(seen.order).toEqual(ids);
  subscription.unsubscribe();
  await whenIdle(redis);
});

it('with a full window, when nobody reads: noticed by the next read, and nothing comes twice', async () => {
  const redis = on.client();
  const ids = await on.fill('s', 12);
  const { told, seen, open, subscription } = consume(redis, { bufferSize: 4 }, { gated: true });
  await eventually(() => seen.order.length === 4, 'the window is full');
  await on.admin.xgroup('DESTROY', 's', 'g');
  while (seen.order.length < 12) {
    open();
    await sleep(1);
  }
  open();
  await on.settled();
  expect(seen.order).toEqual(ids);
  expect(told.of('healed')).toHaveLength(1);
  subscription.unsubscribe();
  await whenIdle(redis);
});

it('what an earlier subscription left, and nobody holds yet, is registered too', async () => {
  const redis = on.client();
  const ids = await on.filled(10);
  await firstValueFrom(fromGroup(redis, { streams: 's', group: 'g', consumer: 'c' }));
  const { told, seen, open, subscription } = consume(redis, { bufferSize: 4 }, { gated: true });
  await eventually(() => seen.order.length === 4, 'the first four are taken over');
  await on.admin.xgroup('DESTROY', 's', 'g');
  await eventually(async () => {
    open();
    return seen.order.length === 10 && (await on.pending('s', 'g')).length === 0;
  }, 'all are done');
  expect(seen.order).toEqual(ids);
  expect(told.of('healed')).toHaveLength(1);
  subscription.unsubscribe();
  await whenIdle(redis);
});

it('key deleted: what is held is worked off, and what is added comes', async () => {
  const redis = on.client();
  const before = await on.fill('s', 3);
  const { told, seen, open, end, subscription } = consume(redis, {}, { gated: true });
  await eventually(() => seen.order.length === 3, 'three run');
  await on.blocked();
  await on.admin.del('s');
  await eventually(() => told.of('healed').length === 1, 'it is healed');
  const after = await on.fill('s', 2);
  await eventually(() => seen.order.length === 5, 'the others came');
  open();
  await on.settled();
  expect(seen.order).toEqual([...before, ...after]);
  expect(end).toEqual({});
  subscription.unsubscribe();
  await whenIdle(redis);
});

it('two consumers heal at once: nothing is lost, and nothing stays pending', async () => {
  const [one, two] = [on.client(), on.client()];
  for (let round = 0; round < 5; round++) {
    const ids = await on.fill('s', 20);
    const a = consume(one, { consumer: 'a', bufferSize: 8 }, { gated: true });
    const b = consume(two, { consumer: 'b', bufferSize: 8 }, { gated: true });
    await eventually(() => a.seen.order.length === 8 && b.seen.order.length === 8, 'both windows are full');
    await on.admin.xgroup('DESTROY', 's', 'g');
    const all = () => new Set([...a.seen.ids, ...b.seen.ids]);
    await eventually(async () => {
      a.open();
      b.open();
      return all().size === ids.length && (await on.pending('s', 'g')).length === 0;
    }, 'all are done');
    expect([...all()].toSorted()).toEqual(ids.toSorted());
    expect([a.end, b.end]).toEqual([{}, {}]);
    a.subscription.unsubscribe();
    b.subscription.unsubscribe();
    await Promise.all([whenIdle(one), whenIdle(two)]);
    await on.admin.del('s');
  }
});

it('again and again under load: every entry is processed, nothing stays pending', async () => {
  const redis = on.client();
  const { told, seen, end, subscription } = consume(redis, { bufferSize: 32 });
  const ids: string[] = [];
  for (let round = 0; round < 25; round++) {
    ids.push(...(await on.fill('s', 20)));
    if (round % 2 === 1) await eventually(() => seen.ids.length > ids.length - 15, 'it reads');
    await on.admin.xgroup('DESTROY', 's', 'g');
  }
  await eventually(() => seen.ids.length >= ids.length, 'every entry was processed');
  await on.settled();
  expect(seen.ids.toSorted()).toEqual(ids.toSorted());
  expect(seen.duplicates).toEqual([]);
  expect(told.of('healed').length).toBeGreaterThan(5);
  expect(end).toEqual({});
  subscription.unsubscribe();
  await whenIdle(redis);
});
