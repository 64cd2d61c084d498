/**
 * A command of ours on the caller's client that is never answered: ioredis 5 forgets what was out when a connection breaks and
 * `autoResendUnfulfilledCommands` is off (its promise never settles). Neither acks nor reading may wait for it for ever.
 */
import { expect, it } from 'vitest';
import { ackAfter, fromGroup, whenIdle } from '../../src/index.js';
import { eventually } from '../support/eventually.js';
import { ground } from '../integration/faults/ground.js';
import { notebook } from '../integration/faults/notebook.js';

const on = ground();

it('an ack whose reply is lost on such a client is sent again', async () => {
  const proxy = await on.proxy();
  const redis = on.client({ port: proxy.port, autoResendUnfulfilledCommands: false });
  const ids = await on.filled(2);
  const told = notebook();
  const done: string[] = [];
  const subscription = fromGroup(redis, { streams: 's', group: 'g', consumer: 'c', timeout: 300, notify: told.notify })
    .pipe(ackAfter(({ id }) => void done.push(id)))
    .subscribe();
  await on.settled();
  await on.blocked();
  const cutting = proxy.cutReplies((_, { lastRequest }) => /xack/i.test(lastRequest));
  ids.push(...(await on.fill('s', 1)));
  await cutting.done;
  ids.push(...(await on.fill('s', 1)));
  await eventually(async () => (await on.pending('s', 'g')).length === 0 && done.length === 4, 'all are acked', {
    within: 20_000,
  });
  await eventually(() => told.of('acked').flatMap((notice) => notice.ids).length === 4, 'and known to be');
  expect(done).toEqual(ids);
  subscription.unsubscribe();
  await whenIdle(redis);
});
