/** The group or its key goes while somebody waits for entries: it is made again where this subscription stood. */
import { expect, it } from 'vitest';
import { ackAfter, fromGroup, whenIdle } from '../../../src/index.js';
import { eventually } from '../../support/eventually.js';
import { beforeCommand } from './before-command.js';
import { consume } from './gated-consumer.js';
import { ground, onServer } from './ground.js';
import { notebook } from './notebook.js';

const on = ground();

async function add(...ids: string[]): Promise<string[]> {
  for (const id of ids) await on.admin.xadd('s', id, 'n', id);
  return ids;
}

it('group destroyed: made again at the highest id read, so that nothing is skipped or read twice', async () => {
  const redis = on.client();
  const before = await on.fill('s', 5);
  const { told, seen, end, subscription } = consume(redis);
  await eventually(() => seen.order.length === 5, 'the first came');
  await on.blocked();
  await on.settled();
  // In one transaction, so that the group is away when the new entries come.
  const added = on.admin.multi().xgroup('DESTROY', 's', 'g');
  for (let i = 0; i < 5; i++) added.xadd('s', '*', 'n', i);
  const after = ((await added.exec()) ?? []).slice(1).map(([, id]) => String(id));
  await eventually(() => seen.order.length >= 10, 'all came');
  await on.settled();
  await on.blocked();
  expect(seen.order).toEqual([...before, ...after]);
  expect(told.of('healed')).toEqual([{ type: 'healed', stream: 's', group: 'g', from: before.at(-1), held: 0 }]);
  subscription.unsubscribe();
  await whenIdle(redis);
  expect(end).toEqual({});
});

it('group destroyed, and the key made anew with smaller ids just before it is made again: all of them come', async () => {
  const redis = on.client();
  await on.fill('s', 2);
  const { told, seen, subscription } = consume(redis);
  await eventually(() => seen.order.length === 2, 'the first came');
  await on.settled();
  await on.blocked();
  beforeCommand(redis, ['XGROUP', 'CREATE'], () =>
    on.admin.multi().del('s').xadd('s', '1-1', 'n', 0).xadd('s', '1-2', 'n', 1).exec(),
  );
  await on.admin.xgroup('DESTROY', 's', 'g');
  await eventually(() => seen.order.length === 4, 'the others came');
  expect(seen.order.slice(2)).toEqual(['1-1', '1-2']);
  expect(told.of('healed').map(({ from }) => from)).toEqual(['0-0']);
  await on.settled();
  subscription.unsubscribe();
  await whenIdle(redis);
});

it('the key made anew, and deleted once more before the new group is rewound: what is added then comes', async () => {
  const redis = on.client();
  await on.fill('s', 2);
  const { told, seen, end, subscription } = consume(redis);
  await eventually(() => seen.order.length === 2, 'the first came');
  await on.settled();
  await on.blocked();
  beforeCommand(redis, ['XGROUP', 'CREATE'], () => on.admin.multi().del('s').xadd('s', '1-1', 'n', 0).exec());
  beforeCommand(redis, ['XGROUP', 'SETID'], () => on.admin.del('s'));
  await on.admin.xgroup('DESTROY', 's', 'g');
  await eventually(() => told.of('healed').length === 2 || String(end.error), 'it is healed twice');
  await add('2-1', '2-2');
  await eventually(() => seen.order.length === 4, 'the others came');
  expect(seen.order.slice(2)).toEqual(['2-1', '2-2']);
  await on.settled();
  subscription.unsubscribe();
  await whenIdle(redis);
});

it('key deleted: made again empty, and what is added later comes', async () => {
  const redis = on.client();
  await on.fill('s', 2);
  const { told, seen, subscription } = consume(redis);
  await eventually(() => seen.order.length === 2, 'the first came');
  await on.blocked();
  await on.admin.del('s');
  await eventually(() => told.of('healed').length === 1, 'it is healed');
  expect(told.of('healed')[0]?.from).toBe('0-0');
  await on.blocked();
  const after = await on.fill('s', 3);
  await eventually(() => seen.order.length === 5, 'the others came');
  expect(seen.order.slice(2)).toEqual(after);
  await on.settled();
  subscription.unsubscribe();
  await whenIdle(redis);
});

it.each([
  ['smaller', ['1-1', '1-2', '2-1']],
  ['the same', ['100-1', '100-2', '100-3']],
  ['larger', ['200-1', '200-2']],
])('key deleted and made again at once, with %s ids: all of them come', async (_, ids) => {
  const redis = on.client();
  const before = await add('100-1', '100-2', '100-3');
  const { told, seen, subscription } = consume(redis);
  await eventually(() => seen.order.length === 3, 'the first came');
  await on.settled();
  await on.blocked();
  const again = on.admin.multi().del('s');
  for (const id of ids) again.xadd('s', id, 'n', 1);
  await again.exec();
  if (_ === 'the same') {
    // Nothing tells these from the entries that were read: the group stands where we were, and only later ones come.
    await eventually(() => told.of('healed').length === 1, 'it is healed');
    ids = await add('100-4');
  }
  await eventually(() => seen.order.length >= 3 + ids.length, 'the new ones came');
  await on.settled();
  expect(seen.order).toEqual([...before, ...ids]);
  subscription.unsubscribe();
  await whenIdle(redis);
});

it('one of two streams: only that one is made again', async () => {
  const redis = on.client();
  const told = notebook();
  const came: string[] = [];
  const ids = [...(await on.fill('a', 2)), ...(await on.fill('b', 2))];
  const subscription = fromGroup(redis, {
    streams: ['a', 'b'],
    group: 'g',
    consumer: 'c',
    autoCreate: { from: '0' },
    notify: told.notify,
  })
    .pipe(ackAfter(({ id }) => void came.push(id)))
    .subscribe();
  await eventually(() => came.length === 4, 'the first came');
  await on.blocked();
  await on.admin.xgroup('DESTROY', 'b', 'g');
  const more = [...(await on.fill('b', 2)), ...(await on.fill('a', 2))];
  await eventually(() => came.length >= 8, 'the others came');
  expect(came.toSorted()).toEqual([...ids, ...more].toSorted());
  expect(told.of('healed').map(({ stream }) => stream)).toEqual(['b']);
  await on.settled('a');
  await on.settled('b');
  subscription.unsubscribe();
  await whenIdle(redis);
});

onServer(
  'made anew with smaller ids while the window is full, and never missed: a reply that is lost then is found',
  async () => {
    const proxy = await on.proxy();
    const redis = on.clientReadingThrough(proxy);
    await add('100-1', '100-2');
    const { seen, open, subscription } = consume(redis, { timeout: 300, bufferSize: 2 }, { gated: true });
    await eventually(() => seen.order.length === 2, 'the window is full');
    await on.admin.del('s');
    await on.admin.xgroup('CREATE', 's', 'g', '0', 'MKSTREAM');
    const ids = await add('1-1');
    const cutting = proxy.cutReplies((chunk) => chunk.includes('1-1'));
    open();
    await cutting.done;
    await eventually(() => seen.order.length >= 3, 'it comes');
    expect(seen.order.slice(2)).toEqual(ids);
    open();
    await on.settled();
    subscription.unsubscribe();
    await whenIdle(redis);
  },
);

onServer('made again by another consumer, with smaller ids: a reply that is lost then is found', async () => {
  const proxy = await on.proxy();
  const redis = on.clientReadingThrough(proxy);
  await add('100-1', '100-2');
  const { told, seen, subscription } = consume(redis, { timeout: 300 });
  await eventually(() => seen.order.length === 2, 'the first came');
  await on.blocked();
  // Deleted first, so that the reader is told; then the other consumer is faster than our backoff of 25 ms and more.
  await on.admin.del('s');
  await on.admin.xgroup('CREATE', 's', 'g', '0', 'MKSTREAM');
  await on.blocked();
  expect(told.of('healed')).toEqual([]);
  const cutting = proxy.cutReplies((chunk) => chunk.includes('1-1'));
  const ids = await add('1-1');
  await cutting.done;
  await eventually(() => seen.order.length >= 3, 'it comes');
  expect(seen.order.slice(2)).toEqual(ids);
  expect(told.of('recovered')).toHaveLength(1);
  await on.settled();
  subscription.unsubscribe();
  await whenIdle(redis);
});
