/** A generated consumer is removed when it closes with nothing pending, unless the server may still deliver to it. */
import { expect, it } from 'vitest';
import { fromGroup, whenIdle } from '../../../src/index.js';
import { eventually } from '../../support/eventually.js';
import { ground } from './ground.js';
import { notebook } from './notebook.js';

const on = ground();

it.each([
  ['CLIENT UNBLOCK is not allowed: it is kept, and what the server delivers to it comes with the next subscription', false],
  ['CLIENT UNBLOCK ends the block: it is removed, and nothing is delivered to it', true],
])('the connection is lost on our side only, and the source closed; %s', async (_, allowed) => {
  const proxy = await on.proxy();
  await on.admin.xgroup('CREATE', 's', 'g', '0', 'MKSTREAM');
  await on.admin.call('ACL', 'SETUSER', 'limited', 'reset', 'on', '>pw', '~*', '+@all', ...(allowed ? [] : ['-client|unblock']));
  const redis = on.clientReadingThrough(proxy, { username: 'limited', password: 'pw' });
  const told = notebook();
  const source = fromGroup(redis, { streams: 's', group: 'g', timeout: 2000, notify: told.notify });
  const first = source.subscribe();
  await on.blocked();
  proxy.cut('client'); // the server still holds the block
  first.unsubscribe();
  await whenIdle(redis);
  const ids = await on.fill('s', 1);
  const consumer = told.of('joined')[0]?.consumer;
  const end = { type: allowed ? 'consumer-removed' : 'consumer-kept', stream: 's', consumer };
  expect(told.all.at(-2)).toMatchObject(end);
  if (!allowed) await eventually(async () => (await on.pending('s', 'g')).length === 1, 'it is delivered into the void');
  else expect(await on.pending('s', 'g')).toEqual([]);

  const came: [id: string, origin: string][] = [];
  const second = source.subscribe((entry) => {
    came.push([entry.id, entry.origin]);
    void entry.ack();
  });
  await eventually(() => came.length === 1, 'it comes');
  expect(came).toEqual([[ids[0], allowed ? 'fresh' : 'recovered']]);
  await on.settled();
  second.unsubscribe();
  await whenIdle(redis);
});
