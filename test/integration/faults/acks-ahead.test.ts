/**
 * Acks go on the connection for reading: ahead of a read that waits, behind one that does not, and while none is out; all others, and what comes to
 * nothing there, by the client.
 */
import type { Redis, RedisOptions } from 'ioredis';
import { setImmediate as tick } from 'node:timers/promises';
import { lastValueFrom, take, toArray } from 'rxjs';
import { expect, it } from 'vitest';
import { ackAfter, fromGroup, untilDrained, whenIdle } from '../../../src/index.js';
import { eventually } from '../../support/eventually.js';
import { consume } from './gated-consumer.js';
import { ground } from './ground.js';

const on = ground();
/** Whatever the project of vitest would have: see read-by.ts. */
const OURS = { readByUs: true } as RedisOptions;
const ENTRIES = 5_000;

/** How many ids it acks itself. */
function ackedBy(client: Redis): () => number {
  const { call } = client as unknown as { call: (name: string, args: readonly unknown[]) => Promise<unknown> };
  let ids = 0;
  Object.assign(client, {
    call: (name: string, args: readonly unknown[]) => {
      if (name === 'XACK') ids += args.length - 2;
      return call.call(client, name, args);
    },
  });
  return () => ids;
}

it.each([
  ['where we write to that connection ourselves', 'auto', { keyPrefix: 'p:' }, [0, 0.1 * ENTRIES]],
  ['and none where the client does', 'client', {}, [ENTRIES, ENTRIES]],
] as const)('nearly all of them go ahead, %s', async (_, reader, more, [least, most]) => {
  const redis = on.client({ ...OURS, ...more });
  const acked = ackedBy(redis);
  const stream = `${'keyPrefix' in more ? more.keyPrefix : ''}s`;
  await on.admin.xgroup('CREATE', stream, 'g', '0', 'MKSTREAM');
  await on.fill(stream, ENTRIES);
  const source = fromGroup(redis, { streams: 's', group: 'g', consumer: 'c', reader, autoCreate: false });
  await lastValueFrom(source.pipe(untilDrained(), ackAfter()));
  await whenIdle(redis);
  expect(await on.pending(stream, 'g')).toEqual([]);
  expect(acked()).toBeLessThanOrEqual(most);
  expect(acked()).toBeGreaterThanOrEqual(least);
});

it.each([
  ['that ends when it is drained', true],
  ['that goes on, and waits for more', false],
])('of work that takes its time, too, of a source %s', async (_, ends) => {
  const redis = on.client(OURS);
  const acked = ackedBy(redis);
  await on.admin.xgroup('CREATE', 's', 'g', '0', 'MKSTREAM');
  await on.fill('s', ENTRIES);
  const source = fromGroup(redis, { streams: 's', group: 'g', consumer: 'c', autoCreate: false, bufferSize: 1_000 });
  const worked = (ends ? source.pipe(untilDrained()) : source).pipe(ackAfter(() => tick(), { concurrency: 50 }));
  await lastValueFrom(worked.pipe(take(ENTRIES)));
  await whenIdle(redis);
  expect(await on.pending('s', 'g')).toEqual([]);
  expect(acked()).toBeLessThanOrEqual(0.2 * ENTRIES);
});

it('on a connection that has gone dead they are not waited for: the client sends them', async () => {
  const proxy = await on.proxy();
  const redis = on.clientReadingThrough(proxy, OURS);
  const acked = ackedBy(redis);
  await on.fill('s', 8);
  const { seen, open, subscription } = consume(redis, { bufferSize: 8, timeout: 30_000 }, { gated: true });
  await eventually(() => seen.order.length === 8, 'the window is full');
  proxy.freeze();
  open();
  await eventually(async () => (await on.pending('s', 'g')).length === 0, 'all are acked', { within: 5_000 });
  expect(acked()).toBe(8);
  proxy.thaw();
  subscription.unsubscribe();
  await whenIdle(redis);
});

it('refused there they are sent by the client, and nobody hears of it', async () => {
  await on.admin.call('ACL', 'SETUSER', 'reader', 'on', 'nopass', '~*', '+@all', '-xack');
  const redis = on.client(OURS);
  const { duplicate } = redis;
  Object.assign(redis, { duplicate: (more: object) => duplicate.call(redis, { ...more, username: 'reader', password: 'any' }) });
  const acked = ackedBy(redis);
  const ids = await on.fill('s', 300);
  const { seen, told, end, subscription } = consume(redis);
  await eventually(() => seen.order.length === 300, 'all came');
  await on.settled();
  expect(seen.order).toEqual(ids);
  expect([acked(), end]).toEqual([300, {}]);
  expect(told.of('retrying')).toEqual([]);
  subscription.unsubscribe();
  await whenIdle(redis);
});

const STREAMS = Array.from({ length: 200 }, (_, i) => `s${i}`);
const EACH = 40;

/** Each stream with its entries and a group that has read none of them. */
async function fillAll(): Promise<string[]> {
  const ids: string[] = [];
  for (const stream of STREAMS) {
    await on.admin.xgroup('CREATE', stream, 'g', '0', 'MKSTREAM');
    for (const id of await on.fill(stream, EACH)) ids.push(`${stream} ${id}`);
  }
  return ids;
}

async function allPending(): Promise<number> {
  const all = await Promise.all(STREAMS.map(async (stream) => (await on.pending(stream, 'g')).length));
  return all.reduce((sum, each) => sum + each, 0);
}

it('of many streams, too, all of which are read on while their entries are worked on', async () => {
  const ids = await fillAll();
  const redis = on.client(OURS);
  const acked = ackedBy(redis);
  const source = fromGroup(redis, { streams: STREAMS, group: 'g', consumer: 'c', autoCreate: false, bufferSize: 4_000 });
  const came = await lastValueFrom(
    source.pipe(
      untilDrained(),
      ackAfter(({ stream, id }) => `${stream} ${id}`),
      toArray(),
    ),
  );
  await whenIdle(redis);
  expect(came.toSorted()).toEqual(ids.toSorted());
  expect(await allPending()).toBe(0);
  expect(acked()).toBeLessThanOrEqual(0.1 * ids.length);
});

it('of many streams, on a connection that is cut again and again: nothing is lost, and all of it is acked', async () => {
  const ids = await fillAll();
  const proxy = await on.proxy();
  const redis = on.clientReadingThrough(proxy, OURS);
  const seen = new Set<string>();
  const subscription = fromGroup(redis, { streams: STREAMS, group: 'g', consumer: 'c', autoCreate: false, bufferSize: 1_000 })
    .pipe(ackAfter(({ stream, id }) => seen.add(`${stream} ${id}`)))
    .subscribe();
  for (let cuts = 1; cuts <= 5; cuts++) {
    await eventually(() => seen.size >= (cuts * ids.length) / 8, `so many have come before cut ${cuts}`, { within: 20_000 });
    proxy.cut();
  }
  await eventually(() => seen.size === ids.length, 'all have come', { within: 20_000 });
  await eventually(async () => (await allPending()) === 0, 'all are acked', { within: 5_000 });
  expect([...seen].toSorted()).toEqual(ids.toSorted());
  subscription.unsubscribe();
  await whenIdle(redis);
});
