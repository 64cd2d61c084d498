/** The stream is trimmed under its readers: what was not delivered by then never comes, what is held is worked off, nothing hangs. */
import { expect, it } from 'vitest';
import { ackAfter, fromGroup, fromStreams, GroupConsumer, whenIdle } from '../../src/index.js';
import { eventually } from '../support/eventually.js';
import { consume } from '../integration/faults/gated-consumer.js';
import { ground } from '../integration/faults/ground.js';

const on = ground();

it('a group that is slow: what is held is done and acked, the trimmed ones never come, the rest follows in order', async () => {
  const redis = on.client();
  const ids = await on.fill('s', 20);
  const { told, seen, open, end, subscription } = consume(redis, { bufferSize: 4 }, { gated: true });
  await eventually(() => seen.order.length === 4, 'the window is full');
  await on.admin.xtrim('s', 'MAXLEN', 5);
  await eventually(() => {
    open();
    return seen.order.length === 9;
  }, 'the others came');
  open();
  await on.settled();
  await on.blocked();
  expect(seen.order).toEqual([...ids.slice(0, 4), ...ids.slice(15)]);
  expect(told.of('gone')).toEqual([]); // nothing that was pending and not held
  expect(told.of('acked').flatMap((notice) => notice.ids)).toEqual(seen.order);
  expect(end).toEqual({});
  subscription.unsubscribe();
  await whenIdle(redis);
});

it.each([
  ['XTRIM MAXLEN 0', () => on.admin.xtrim('s', 'MAXLEN', 0)],
  ['XDEL of all', async () => on.admin.xdel('s', ...(await on.admin.xrange('s', '-', '+')).map(([id]) => id))],
])('a group that is blocked: %s is nothing to it, and the next entry comes', async (_, trim) => {
  const redis = on.client();
  const before = await on.fill('s', 3);
  const { told, seen, end, subscription } = consume(redis);
  await eventually(() => seen.order.length === 3, 'the first came');
  await on.settled();
  await on.blocked();
  await trim();
  const after = await on.fill('s', 2);
  await eventually(() => seen.order.length === 5, 'the others came');
  await on.settled();
  expect(seen.order).toEqual([...before, ...after]);
  expect([...told.of('healed'), ...told.of('retrying'), ...told.of('gone')]).toEqual([]);
  expect(end).toEqual({});
  subscription.unsubscribe();
  await whenIdle(redis);
});

it('given back and then trimmed: acked away by the next subscription, told, and never emitted', async () => {
  const redis = on.client();
  const ids = await on.fill('s', 6);
  const first = consume(redis, {}, { gated: true, concurrency: 1 });
  await eventually(() => first.seen.order.length === 1, 'one runs, and five wait');
  first.subscription.unsubscribe();
  await whenIdle(redis);
  expect(await on.pending('s', 'g')).toHaveLength(6);
  await on.admin.xtrim('s', 'MAXLEN', 2);
  const { told, seen, subscription } = consume(redis);
  await eventually(() => seen.order.length === 2, 'the last two came');
  await on.settled();
  expect(seen.order).toEqual(ids.slice(4));
  expect(told.of('gone')).toEqual([{ type: 'gone', stream: 's', ids: ids.slice(0, 4) }]);
  subscription.unsubscribe();
  await whenIdle(redis);
});

it('a producer that trims with every XADD, faster than the reader: whatever comes is in order and once, the last entry too', async () => {
  const redis = on.client();
  const { seen, end, subscription } = consume(redis, { bufferSize: 8 }, { concurrency: 1 });
  await on.blocked();
  const ids: string[] = [];
  for (let round = 0; round < 100; round++) {
    const pipeline = on.admin.pipeline();
    for (let i = 0; i < 20; i++) pipeline.xadd('s', 'MAXLEN', 10, '*', 'n', i);
    ids.push(...((await pipeline.exec()) ?? []).map(([, id]) => String(id)));
  }
  await eventually(() => seen.order.at(-1) === ids.at(-1), 'the last one came');
  await on.settled();
  const came = new Set(seen.order);
  expect(seen.order).toEqual(ids.filter((id) => came.has(id)));
  expect(end).toEqual({});
  subscription.unsubscribe();
  await whenIdle(redis);
});

it('fromStreams goes on with the oldest entry there is', async () => {
  const redis = on.client();
  const ids = await on.fill('s', 20);
  const came: string[] = [];
  const gates: (() => void)[] = [];
  const subscription = fromStreams(redis, { streams: { s: '0' }, bufferSize: 4 })
    .pipe(
      ackAfter(({ id }) => {
        came.push(id);
        return new Promise<void>((open) => gates.push(open));
      }),
    )
    .subscribe();
  await eventually(() => came.length === 1, 'one runs, and three wait');
  await on.admin.xtrim('s', 'MAXLEN', 5);
  await eventually(() => {
    for (const open of gates.splice(0)) open();
    return came.length === 9;
  }, 'the others came');
  await on.blocked();
  expect(came).toEqual([...ids.slice(0, 4), ...ids.slice(15)]);
  for (const open of gates.splice(0)) open();
  subscription.unsubscribe();
  await whenIdle(redis);
});

it('a pull consumer: what it has fetched is handed out, then the oldest there is', async () => {
  const redis = on.client();
  const ids = await on.filled(10);
  await using consumer = new GroupConsumer(redis, { streams: 's', group: 'g', consumer: 'c', bufferSize: 2 });
  const came: string[] = [];
  const first = await consumer.getEntry();
  came.push(first?.id ?? '');
  await first?.ack();
  await on.admin.xtrim('s', 'MAXLEN', 4);
  for await (const entry of consumer) {
    came.push(entry.id);
    await entry.ack();
  }
  expect(came).toEqual([...ids.slice(0, 3), ...ids.slice(6)]);
  expect(await on.pending('s', 'g')).toEqual([]);
});

it('autoAcknowledge: what was handed out was handed out, and the rest follows', async () => {
  const redis = on.client();
  const ids = await on.filled(6);
  const came: string[] = [];
  const subscription = fromGroup(redis, { streams: 's', group: 'g', consumer: 'c', autoAcknowledge: true }).subscribe(({ id }) =>
    came.push(id),
  );
  await eventually(() => came.length === 6, 'the first came');
  await on.blocked();
  await on.admin.xtrim('s', 'MAXLEN', 0);
  ids.push(...(await on.fill('s', 2)));
  await eventually(() => came.length === 8, 'the others came');
  expect(came).toEqual(ids);
  subscription.unsubscribe();
  await whenIdle(redis);
});
