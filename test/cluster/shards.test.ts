/** A stream in sixteen parts on three nodes: one source reads them all, and the entries of a key stay in their order. */
import { setTimeout as sleep } from 'node:timers/promises';
import { expect, it } from 'vitest';
import { ackAfter, fromGroup, shardOf, shards, whenIdle } from '../../src/index.js';
import { eventually } from '../support/eventually.js';
import { clusterGround } from './cluster-ground.js';

const on = clusterGround();
const CUSTOMERS = 20;
const EACH = 15;

it('parts on all nodes are read by one source, every entry once, and those of a key one after another', async () => {
  const parts = shards('sharded', 16);
  const owners = await Promise.all(parts.map(async (part) => (await on.cluster.ownerOf(part)).id));
  expect(new Set(owners).size).toBe(3);

  const redis = on.client();
  const done = new Map<string, number[]>();
  const running = new Set<string>();
  const together: string[] = [];
  let most = 0;
  const subscription = fromGroup(redis, { streams: parts, group: 'g', consumer: 'c', autoCreate: { from: '0' } })
    .pipe(
      ackAfter(
        async ({ fields: { customer = '', n } }) => {
          if (running.has(customer)) together.push(customer);
          running.add(customer);
          most = Math.max(most, running.size);
          await sleep(1 + (Number(n) % 3));
          running.delete(customer);
          done.set(customer, [...(done.get(customer) ?? []), Number(n)]);
        },
        { concurrency: 8, key: ({ fields }) => fields['customer'] },
      ),
    )
    .subscribe();
  for (let n = 0; n < EACH; n++) {
    for (let i = 0; i < CUSTOMERS; i++) {
      const customer = `customer-${i}`;
      await on.admin.xadd(parts[shardOf(customer, 16)] ?? '', '*', 'customer', customer, 'n', n);
    }
  }
  await eventually(() => [...done.values()].flat().length === CUSTOMERS * EACH, 'all are done');
  const inOrder = Array.from({ length: EACH }, (_, n) => n);
  for (const [customer, order] of done) expect([customer, order]).toEqual([customer, inOrder]);
  expect(done.size).toBe(CUSTOMERS);
  expect(together).toEqual([]);
  expect(most).toBeGreaterThan(1);
  await on.settled(...parts);
  subscription.unsubscribe();
  await whenIdle(redis);
});
