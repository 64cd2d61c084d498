/** Pull consumers on a Cluster: a call asks the readers of all slots, and what nobody has asked for stays in Redis. */
import { setTimeout as sleep } from 'node:timers/promises';
import { expect, it } from 'vitest';
import { Consumer, GroupConsumer } from '../../src/index.js';
import { eventually } from '../support/eventually.js';
import { clusterGround } from './cluster-ground.js';

const on = clusterGround();
const G = { group: 'g', consumer: 'c', autoCreate: { from: '0' } } as const;

it('each call gives one entry, until there is none in any slot', async () => {
  const keys = on.keys();
  const ids = (await Promise.all(keys.map((key) => on.fill(key, 5)))).flat();
  await using consumer = new GroupConsumer(on.client(), { streams: [...keys], ...G, bufferSize: 2 });
  const came: string[] = [];
  for await (const entry of consumer) {
    came.push(entry.id);
    await entry.ack();
  }
  expect(came.toSorted()).toEqual(ids.toSorted());
  await on.settled(...keys);
});

it('a call waits for all slots: the first that has an entry answers, and no other takes one that nobody has asked for', async () => {
  const keys = on.keys();
  await using consumer = new GroupConsumer(on.client(), { streams: [...keys], ...G, timeout: 5_000 });
  const first = consumer.getEntry();
  await on.blocked(3);
  const [id] = await on.fill(keys[1], 1);
  expect((await first)?.id).toBe(id);
  await on.blocked(0);
  await Promise.all(keys.map((key) => on.fill(key, 1)));
  await sleep(100); // a read that was left behind would have taken one by now
  expect((await Promise.all(keys.map((key) => on.pending(key)))).flat()).toEqual([id]);
  const rest = [await consumer.getEntry(), await consumer.getEntry(), await consumer.getEntry()];
  expect(new Set(rest.map((entry) => entry?.stream))).toEqual(new Set(keys));
});

it('call after call, each ended by another slot: every one waits for its whole time', async () => {
  const keys = on.keys();
  await using consumer = new Consumer(on.client(), { streams: [...keys], timeout: 3_000 });
  await consumer.open();
  for (let i = 0; i < 12; i++) {
    const key = keys[i % 3] as string;
    const call = consumer.getEntry();
    await sleep(i * 3);
    const [id] = await on.fill(key, 1);
    expect((await call)?.id).toBe(id);
  }
});

it('nothing within the timeout is undefined, once all slots have said so', async () => {
  const keys = on.keys();
  await using consumer = new Consumer(on.client(), { streams: [...keys], timeout: 300 });
  expect(await consumer.getEntry()).toBeUndefined();
  expect(await consumer.getEntry()).toBeUndefined();
});

it('a stream of another slot is added while a call waits, and the call waits for it too', async () => {
  const [one, two, wrong] = on.keys();
  await on.admin.set(wrong, 'a string');
  await using consumer = new GroupConsumer(on.client(), { streams: one, ...G, timeout: 5_000 });
  const call = consumer.getEntry();
  await on.blocked(1);
  await expect(consumer.addStream(wrong)).rejects.toMatchObject({ code: 'WRONG_TYPE' });
  expect(await consumer.addStream(two)).toBe(true);
  expect(await consumer.addStream(two)).toBe(false);
  await on.blocked(2);
  const [id] = await on.fill(two, 1);
  const entry = await call;
  expect(entry?.id).toBe(id);
  await entry?.ack();
  await on.blocked(0);
});

it('closing gives back what was fetched in every slot', async () => {
  const keys = on.keys();
  for (const key of keys) await on.fill(key, 3);
  const consumer = new GroupConsumer(on.client(), { streams: [...keys], ...G, bufferSize: 2 });
  await consumer.open(); // the first slot to answer ends the call: in another one the group may not be made by then
  const entry = await consumer.getEntry();
  await consumer.close();
  const left = (await Promise.all(keys.map((key) => on.pending(key)))).flat();
  expect(left).toContain(entry?.id);
  await eventually(async () => {
    const restored = keys.map(async (key) => {
      const rows = (await on.admin.xpending(key, 'g', '-', '+', 100)) as [string, string, number, number][];
      // Entries of two nodes may have the same id.
      return rows.every(([id, , , count]) => count === (key === entry?.stream && id === entry.id ? 1 : 0));
    });
    return (await Promise.all(restored)).every(Boolean);
  }, 'their counts are restored');
});
