/** `removeConsumer: 'when-empty'`: the name goes at the end if nothing is pending under it, and only then. */
import { firstValueFrom, lastValueFrom } from 'rxjs';
import { expect, it } from 'vitest';
import { ackAfter, fromGroup, GroupConsumer, whenIdle, type GroupOptions } from '../../../src/index.js';
import { ground } from './ground.js';
import { notebook } from './notebook.js';

const on = ground();
const OPTIONS = { streams: 's', group: 'g', consumer: 'c', timeout: 100, removeConsumer: 'when-empty' } satisfies GroupOptions;

/** The consumers of the group, by name. */
async function consumers(): Promise<string[]> {
  const list = (await on.admin.xinfo('CONSUMERS', 's', 'g')) as [string, string][];
  return list.map(([, name]) => name);
}

it('nothing is pending: the consumer is removed, told, and the group stays', async () => {
  await on.filled(3);
  const redis = on.client();
  const told = notebook();
  await lastValueFrom(fromGroup(redis, { ...OPTIONS, until: 'drained', notify: told.notify }).pipe(ackAfter()));
  await whenIdle(redis);
  expect(await consumers()).toEqual([]);
  expect(told.of('consumer-removed')).toEqual([{ type: 'consumer-removed', stream: 's', consumer: 'c' }]);
  expect(await on.admin.xinfo('GROUPS', 's')).toHaveLength(1);
});

it('by default a name of its own stays', async () => {
  await on.filled(1);
  const redis = on.client();
  const { removeConsumer, ...options } = OPTIONS;
  expect(removeConsumer).toBe('when-empty');
  await lastValueFrom(fromGroup(redis, { ...options, until: 'drained' }).pipe(ackAfter()));
  await whenIdle(redis);
  expect(await consumers()).toEqual(['c']);
});

it('an entry stays pending: so does the consumer, and the next subscription takes it over', async () => {
  const [id] = await on.filled(1);
  const redis = on.client();
  const told = notebook();
  const source = fromGroup(redis, { ...OPTIONS, notify: told.notify });
  expect((await firstValueFrom(source)).id).toBe(id);
  await whenIdle(redis);
  expect(await consumers()).toEqual(['c']);
  expect(await on.pending('s', 'g')).toMatchObject([{ id, consumer: 'c' }]);
  expect(told.of('consumer-removed')).toEqual([]);

  expect(await firstValueFrom(source.pipe(ackAfter((entry) => entry.id)))).toBe(id);
  await whenIdle(redis);
  expect(await consumers()).toEqual([]);
});

it('of two streams only the one where nothing is pending forgets the name', async () => {
  await on.fill('t', 1);
  const [id] = await on.filled(1);
  const redis = on.client();
  await lastValueFrom(
    fromGroup(redis, { ...OPTIONS, streams: ['s', 't'], autoCreate: { from: '0' }, until: 'drained' }).pipe(
      ackAfter((entry) => (entry.stream === 's' ? Promise.reject(new Error('bad')) : entry.id), { onError: 'nack' }),
    ),
  );
  await whenIdle(redis);
  expect(await consumers()).toEqual(['c']);
  expect(await on.pending('s', 'g')).toMatchObject([{ id }]);
  expect(await on.admin.xinfo('CONSUMERS', 't', 'g')).toEqual([]);
});

it('a pull consumer too', async () => {
  const [, second] = await on.filled(2);
  const redis = on.client();
  const consumer = new GroupConsumer(redis, { ...OPTIONS });
  await (await consumer.getEntry())?.ack();
  expect((await consumer.getEntry())?.id).toBe(second);
  await consumer.close();
  expect(await consumers()).toEqual(['c']);
  await (await consumer.getEntry())?.ack(); // taken over
  await consumer.close();
  expect(await consumers()).toEqual([]);
});

it('entries that come under the name at that very moment are never destroyed with it', async () => {
  await on.admin.xgroup('CREATE', 's', 'g', '0', 'MKSTREAM');
  const redis = on.client();
  const other = on.client();
  const delivered: string[] = [];
  let removed = 0;
  for (let round = 0; round < 60; round++) {
    const [id = ''] = await on.fill('s', 1);
    const consumer = new GroupConsumer(redis, {
      ...OPTIONS,
      streams: { s: '$' },
      notify: ({ type }) => (removed += type === 'consumer-removed' ? 1 : 0),
    });
    await consumer.open();
    // Another process of that name reads while this one leaves; each round it is a little later.
    const closed = consumer.close();
    for (let turn = 0; turn < round % 6; turn++) await new Promise((resolve) => setImmediate(resolve));
    await other.xreadgroup('GROUP', 'g', 'c', 'COUNT', 1, 'STREAMS', 's', '>');
    delivered.push(id);
    await closed;
    expect((await on.pending('s', 'g')).map((row) => row.id)).toEqual(delivered);
    // Every other time nothing is left, so that there is something to remove.
    if (round % 2 === 0) await other.xack('s', 'g', ...delivered.splice(0));
  }
  expect(removed).toBeGreaterThan(0);
  expect(await on.admin.xinfo('GROUPS', 's')).toHaveLength(1);
});
