import { Cluster } from 'ioredis';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { slotOf } from '../../src/wire/slot.js';
import { startCluster, type RedisCluster } from '../support/redis-cluster.js';

let cluster: RedisCluster;
let redis: Cluster;

beforeAll(async () => {
  cluster = await startCluster();
  redis = new Cluster([...cluster.addresses]);
  redis.on('error', () => undefined); // of the node that is killed
});

afterAll(async () => {
  redis.disconnect();
  await cluster.stop();
});

test('three masters, and keys on each of them', async () => {
  const keys = cluster.spread('k');
  const owners = await Promise.all(keys.map((key) => cluster.ownerOf(key)));
  expect(owners.map(({ port }) => port)).toEqual(cluster.addresses.map(({ port }) => port));
  for (const key of keys) await redis.set(key, key);
  for (const [i, key] of keys.entries()) expect(await owners[i]?.call('GET', key)).toBe(key);
});

test('slots are computed as the server does', async () => {
  for (const key of ['a', '{x}y', 'foo{{bar}}', 'größe', '🦊', '{}a']) {
    expect([key, await cluster.nodes[0]?.call('CLUSTER', 'KEYSLOT', key)]).toEqual([key, slotOf(key)]);
  }
});

test('a slot moves, with its key, to a node that was added', async () => {
  const [key] = cluster.spread('moving');
  await redis.set(key, 'moved');
  const to = await cluster.add();
  await cluster.move(key, to);
  expect((await cluster.ownerOf(key)).id).toBe(to.id);
  expect(await redis.get(key)).toBe('moved');
});

test('a replica takes over when it is told to, and when its master is killed', async () => {
  const [, key] = cluster.spread('kept');
  await redis.set(key, 'kept');
  const first = await cluster.ownerOf(key);
  const second = await cluster.failover(key);
  expect((await cluster.ownerOf(key)).id).toBe(second.id);
  expect(await cluster.kill(second)).toBe(first);
  expect(await redis.get(key)).toBe('kept');
});
