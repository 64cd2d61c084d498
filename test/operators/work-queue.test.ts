import { setFlagsFromString } from 'node:v8';
import { runInNewContext } from 'node:vm';
import { expect, it } from 'vitest';
import { WorkQueue } from '../../src/operators/work-queue.js';
import { SETTLEMENT } from '../../src/settlement.js';
import { FakeSession, type FakeDelivery } from '../support/fake-delivery.js';

it('keeps nothing of keys that are idle', async () => {
  setFlagsFromString('--expose-gc');
  const gc = runInNewContext('gc') as () => void;
  const queue = new WorkQueue<FakeDelivery>(() => ({}));
  const keys: WeakRef<WeakKey>[] = [];
  const session = new FakeSession();
  for (let i = 0; i < 1_000; i++) {
    const value = session.delivery();
    queue.push({ value, owed: value[SETTLEMENT] });
    const work = queue.take();
    if (work === undefined) throw new Error('nothing to take');
    keys.push(new WeakRef(work.key as WeakKey));
    queue.done(work);
  }
  await new Promise((resolve) => setImmediate(resolve)); // a WeakRef keeps its target for the turn it was made in
  gc();
  expect(keys.filter((key) => key.deref() !== undefined).length).toBeLessThan(10);
  expect(queue.size).toBe(0);
});
