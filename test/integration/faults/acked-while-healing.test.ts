/** A vanished group is made again in several commands, and acks go on meanwhile: what is acked by then must not be registered again. */
import { setTimeout as sleep } from 'node:timers/promises';
import type { Redis } from 'ioredis';
import { expect, it } from 'vitest';
import { ackAfter, fromGroup, whenIdle, type Delivery } from '../../../src/index.js';
import { eventually } from '../../support/eventually.js';
import { consume } from './gated-consumer.js';
import { ground } from './ground.js';
import { notebook } from './notebook.js';
import { register } from './register.js';

const on = ground();

/** Every command of the client waits for that before it is sent; those that do not have to wait overtake it. */
function before(redis: Redis, wait: (name: string) => Promise<unknown> | undefined): void {
  const call = redis.call.bind(redis) as (name: string, args: (string | number)[]) => Promise<unknown>;
  Object.assign(redis, {
    call: (name: string, args: (string | number)[]) => wait(name)?.then(() => call(name, args)) ?? call(name, args),
  });
}

it.each(['XINFO', 'XGROUP', 'XCLAIM'])('acked and confirmed before %s arrives: nothing stays pending', async (command) => {
  const redis = on.client();
  await on.fill('s', 4);
  const { told, seen, open, subscription } = consume(redis, {}, { gated: true });
  await eventually(() => seen.order.length === 4, 'four run');
  await on.blocked();
  before(redis, (name) => {
    if (name !== command) return undefined;
    open();
    return eventually(() => told.of('acked').flatMap(({ ids }) => ids).length >= 4, 'they are acked');
  });
  await on.admin.xgroup('DESTROY', 's', 'g');
  await eventually(() => told.of('healed').length === 1, 'it is healed');
  await on.blocked();
  await eventually(async () => (await on.pending('s', 'g')).length === 0, 'nothing is pending', { within: 500 });
  subscription.unsubscribe();
  await whenIdle(redis);
});

it('under load, with every command 5 ms late: nothing stays pending', async () => {
  const redis = on.client();
  before(redis, () => sleep(5)); // a server that is far away
  const ids = await on.fill('s', 200);
  const seen = register();
  const told = notebook();
  const options = { streams: 's', group: 'g', consumer: 'c', bufferSize: 64, autoCreate: { from: '0' } } as const;
  const work = async (entry: Delivery): Promise<void> => {
    seen.came(entry);
    await sleep(20 + Math.random() * 60); // how long work takes
  };
  const subscription = fromGroup(redis, { ...options, notify: told.notify })
    .pipe(ackAfter(work, { concurrency: 16 }))
    .subscribe();
  await eventually(() => seen.order.length > 60, 'it is at work');
  await on.admin.xgroup('DESTROY', 's', 'g');
  await eventually(() => seen.ids.length === ids.length, 'all are done');
  await eventually(async () => (await on.pending('s', 'g')).length === 0, 'nothing is pending', { within: 1000 });
  expect(told.of('healed')).toHaveLength(1);
  subscription.unsubscribe();
  await whenIdle(redis);
});
