/** A master that becomes a replica: reads and acks are refused for now, and go on once it is a master again. */
import { expect, it } from 'vitest';
import { ackAfter, fromGroup, whenIdle, type Notice } from '../../../src/index.js';
import { eventually } from '../../support/eventually.js';
import { freePort } from '../../support/redis-server.js';
import { ground } from './ground.js';

const on = ground();

it('is asked again on new connections until it takes reads and acks, and nothing is lost', async () => {
  const redis = on.client();
  await on.admin.xgroup('CREATE', 's', 'g', '0', 'MKSTREAM');
  const refused: string[] = [];
  const notify = (notice: Notice): void => {
    if (notice.type === 'retrying') refused.push(`${notice.what} ${notice.error.message.split(' ')[0] ?? ''}`);
  };
  const done: string[] = [];
  const running = fromGroup(redis, { streams: 's', group: 'g', consumer: 'c', timeout: 200, notify })
    .pipe(ackAfter(({ id }) => void done.push(id)))
    .subscribe();
  await on.blocked();
  const ids = await on.fill('s', 3);
  await eventually(() => done.length === 3, 'what came before');

  await on.admin.replicaof('127.0.0.1', await freePort());
  await eventually(() => refused.filter((each) => /READONLY|MASTERDOWN/.test(each)).length >= 3, 'it is told');
  await on.admin.replicaof('NO', 'ONE');

  ids.push(...(await on.fill('s', 3)));
  await eventually(() => done.length === 6, 'what came after');
  expect(done).toEqual(ids);
  await eventually(async () => (await on.pending('s', 'g')).length === 0, 'all acked');
  running.unsubscribe();
  await whenIdle(redis);
});
