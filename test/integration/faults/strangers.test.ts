/** Ids of connections begin anew when a server restarts: what we unblock must be ours. */
import { setTimeout as sleep } from 'node:timers/promises';
import { Redis } from 'ioredis';
import { expect, it } from 'vitest';
import { ackAfter, fromGroup, whenIdle } from '../../../src/index.js';
import { eventually } from '../../support/eventually.js';
import { ground } from './ground.js';

const on = ground();

it('a restarted server: nobody else is woken up, whoever has the id of our old connection by now', async () => {
  const redis = on.client({ retryStrategy: () => 700 }); // sends what it kept when the strangers are there
  const came: string[] = [];
  const subscription = fromGroup(redis, { streams: 's', group: 'g', consumer: 'c', timeout: 30_000 })
    .pipe(ackAfter(({ id }) => void came.push(id)))
    .subscribe();
  await on.blocked();
  const reader = (await on.connections()).find((line) => / flags=\S*b/.test(line)) ?? '';
  const id = Number(/^id=(\d+)/.exec(reader)?.[1]);
  await on.server.restart();
  const strangers = Array.from({ length: 30 }, () => new Redis(on.server.port));
  try {
    const ids = await Promise.all(strangers.map((each) => each.client('ID')));
    expect(ids).toContain(id);
    let woken = 0;
    const waits = strangers.map((each) => each.blpop('nothing', 60).then(() => (woken += 1)));
    for (const wait of waits) wait.catch(() => undefined); // disconnected at the end
    await eventually(() => redis.status === 'ready', 'the client is back');
    await on.admin.xgroup('CREATE', 's', 'g', '0', 'MKSTREAM').catch(() => undefined); // we may have been faster
    const [added] = await on.fill('s', 1);
    await eventually(() => came.includes(added ?? ''), 'we are back');
    await sleep(100); // time for a late CLIENT UNBLOCK
    expect(woken).toBe(0);
  } finally {
    for (const each of strangers) each.disconnect();
  }
  subscription.unsubscribe();
  await whenIdle(redis);
});
