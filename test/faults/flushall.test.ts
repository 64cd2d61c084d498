/** FLUSHALL while somebody reads: the stream, the group and what was pending are gone. Reading goes on with whatever comes next. */
import { setTimeout as sleep } from 'node:timers/promises';
import { expect, it } from 'vitest';
import { ackAfter, fromGroup, fromStreams, GroupConsumer, whenIdle } from '../../src/index.js';
import { eventually } from '../support/eventually.js';
import { consume } from '../integration/faults/gated-consumer.js';
import { ground } from '../integration/faults/ground.js';

const on = ground();

it('while blocked: the group is made again at the beginning, and what is added later comes', async () => {
  const redis = on.client();
  const before = await on.fill('s', 3);
  const { told, seen, end, subscription } = consume(redis);
  await eventually(() => seen.order.length === 3, 'the first came');
  await on.settled();
  await on.blocked();
  await on.admin.flushall();
  await eventually(() => told.of('healed').length === 1, 'it is healed');
  expect(told.of('healed')).toEqual([{ type: 'healed', stream: 's', group: 'g', from: '0-0', held: 0 }]);
  const after = await on.fill('s', 3);
  await eventually(() => seen.order.length === 6, 'the others came');
  await on.settled();
  expect(seen.order).toEqual([...before, ...after]);
  expect(end).toEqual({});
  subscription.unsubscribe();
  await whenIdle(redis);
});

it('while entries are held: their work ends, their acks are harmless, and none of them comes again', async () => {
  const redis = on.client();
  const before = await on.fill('s', 5);
  const { told, seen, open, end, subscription } = consume(redis, { bufferSize: 10 }, { gated: true, concurrency: 2 });
  await eventually(() => seen.order.length === 2, 'two run, and three wait');
  await on.blocked();
  await on.admin.flushall();
  await eventually(() => told.of('healed').length === 1, 'it is healed');
  expect(told.of('healed')[0]).toMatchObject({ from: '0-0', held: 0 }); // they are no longer in the stream: nothing to register
  const after = await on.fill('s', 2);
  await eventually(() => {
    open();
    return seen.order.length === 7;
  }, 'all came');
  open();
  await on.settled();
  expect(seen.order).toEqual([...before, ...after]);
  await eventually(() => told.of('acked').flatMap(({ ids }) => ids).length === 7, 'all are acked');
  expect(end).toEqual({});
  subscription.unsubscribe();
  await whenIdle(redis);
});

it('again and again under load: what was added after the last one is done, each once, and nothing stays pending', async () => {
  const redis = on.client();
  const { told, seen, end, subscription } = consume(redis, { bufferSize: 32 });
  const ids: string[] = [];
  for (let round = 0; round < 20; round++) {
    ids.push(...(await on.fill('s', 20)));
    if (round % 2 === 1) await sleep(round);
    await on.admin.flushall();
  }
  const last = await on.fill('s', 50);
  await eventually(() => last.every((id) => seen.ids.includes(id)), 'the last ones are done');
  await on.settled();
  expect(seen.duplicates).toEqual([]);
  expect(seen.ids.filter((id) => !ids.includes(id))).toEqual(last);
  expect(told.of('healed').length).toBeGreaterThan(0);
  expect(end).toEqual({});
  subscription.unsubscribe();
  await whenIdle(redis);
});

it('two consumers: one makes the group, and both go on', async () => {
  const [one, two] = [on.client(), on.client()];
  const [a, b] = [consume(one, { consumer: 'a', bufferSize: 2 }), consume(two, { consumer: 'b', bufferSize: 2 })];
  await on.blocked(2);
  await on.admin.flushall();
  await eventually(() => a.told.of('healed').length + b.told.of('healed').length === 1, 'it is healed');
  await on.blocked(2);
  const ids = await on.fill('s', 40);
  await eventually(() => a.seen.ids.length + b.seen.ids.length === 40, 'all came');
  await on.settled();
  expect([...a.seen.ids, ...b.seen.ids].toSorted()).toEqual(ids.toSorted());
  expect(a.told.of('healed').length + b.told.of('healed').length).toBe(1);
  expect([a.end, b.end]).toEqual([{}, {}]);
  a.subscription.unsubscribe();
  b.subscription.unsubscribe();
  await Promise.all([whenIdle(one), whenIdle(two)]);
});

it('autoCreate off: NO_GROUP at once', async () => {
  const redis = on.client();
  await on.filled(0);
  const { end } = consume(redis, { autoCreate: false });
  await on.blocked();
  await on.admin.flushall();
  await eventually(() => end.error !== undefined, 'it errors');
  expect(end.error).toMatchObject({ code: 'NO_GROUP' });
  await whenIdle(redis);
  expect(await on.admin.exists('s')).toBe(0);
});

it('fromStreams waits on, and sees what comes', async () => {
  const redis = on.client();
  const came: string[] = [];
  const before = await on.fill('s', 2);
  const subscription = fromStreams(redis, { streams: { s: '0' } })
    .pipe(ackAfter(({ id }) => void came.push(id)))
    .subscribe();
  await eventually(() => came.length === 2, 'the first came');
  await on.blocked();
  await on.admin.flushall();
  const after = await on.fill('s', 2);
  await eventually(() => came.length === 4, 'the others came');
  expect(came).toEqual([...before, ...after]);
  subscription.unsubscribe();
  await whenIdle(redis);
});

it('a pull consumer makes the group again with its next request', async () => {
  const redis = on.client();
  const [first] = await on.filled(1);
  await using consumer = new GroupConsumer(redis, { streams: ['s'], group: 'g', consumer: 'c', timeout: 5000 });
  const entry = await consumer.getEntry();
  expect(entry?.id).toBe(first);
  await entry?.ack();
  await on.admin.flushall();
  const [next] = await on.fill('s', 1);
  const again = await consumer.getEntry();
  expect(again?.id).toBe(next);
  await again?.ack();
  expect(await on.pending('s', 'g')).toEqual([]);
});

it('its seat, too, is as before: the next subscription under the name goes on', async () => {
  const redis = on.client();
  const source = fromGroup(redis, { streams: 's', group: 'g', consumer: 'c', autoCreate: { from: '0' } });
  await on.fill('s', 2);
  let held = 0;
  const first = source.subscribe(() => (held += 1));
  await eventually(() => held === 2, 'two are held');
  await on.admin.flushall();
  first.unsubscribe();
  await whenIdle(redis);
  const ids = await on.fill('s', 2);
  const came: string[] = [];
  const second = source.pipe(ackAfter(({ id }) => void came.push(id))).subscribe();
  await eventually(() => came.length === 2, 'the others came');
  expect(came).toEqual(ids);
  await on.settled();
  second.unsubscribe();
  await whenIdle(redis);
});
