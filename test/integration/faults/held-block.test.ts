/** The connection is gone and the server does not know: it still holds our blocked read, and would hand it the next entry. */
import { setTimeout as sleep } from 'node:timers/promises';
import { expect, it } from 'vitest';
import { ackAfter, fromGroup, whenIdle } from '../../../src/index.js';
import { eventually } from '../../support/eventually.js';
import { ground } from './ground.js';

const on = ground();

/** The ids of blocked connections. */
async function blocked(): Promise<string[]> {
  return (await on.connections()).filter((line) => / flags=\S*b/.test(line)).map((line) => line.split(' ', 1)[0] ?? '');
}

it.each([
  ['CLIENT UNBLOCK ends the block, and every entry comes fresh', true],
  ['without the right to send it the entry is found when the block has run out', false],
])('%s', async (_, allowed) => {
  const proxy = await on.proxy();
  await on.admin.call('ACL', 'SETUSER', 'limited', 'reset', 'on', '>pw', '~*', '+@all', ...(allowed ? [] : ['-client|unblock']));
  const redis = on.clientReadingThrough(proxy, { username: 'limited', password: 'pw' });
  const came: [id: string, origin: string][] = [];
  // Where it can be told, the block would last longer than this test.
  const timeout = allowed ? 60_000 : 1000;
  const options = { streams: 's', group: 'g', consumer: 'c', timeout, autoCreate: { from: '0' } } as const;
  const subscription = fromGroup(redis, options)
    .pipe(ackAfter(({ id, origin }) => void came.push([id, origin])))
    .subscribe();
  await on.blocked();
  const [old = ''] = await blocked();
  proxy.cut('client');
  await eventually(async () => {
    const now = await blocked();
    return now.length === (allowed ? 1 : 2) && now.includes(old) === !allowed;
  }, 'the new reader is blocked, and the old one only where the server could not be told');
  const ids: string[] = [];
  for (let i = 0; i < 5; i++) {
    ids.push(...(await on.fill('s', 1)));
    await sleep(30); // one by one, so that no read gets two of them
  }
  await eventually(() => came.length === 5 || `${came.length} of 5`, 'all came');
  expect(came.map(([id]) => id).toSorted()).toEqual(ids);
  const origins = new Map(came);
  expect(ids.map((id) => origins.get(id))).toEqual([allowed ? 'fresh' : 'recovered', 'fresh', 'fresh', 'fresh', 'fresh']);
  await on.settled();
  subscription.unsubscribe();
  await whenIdle(redis);
});
