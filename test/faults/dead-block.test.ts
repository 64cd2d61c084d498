/** A process is gone, and the server does not know: it goes on to hold its blocked read, and hands the next entries to it. */
import { expect, it } from 'vitest';
import { ackAfter, backlogFirst, fromGroup, whenIdle } from '../../src/index.js';
import { eventually } from '../support/eventually.js';
import { ground } from '../integration/faults/ground.js';
import { notebook } from '../integration/faults/notebook.js';

const on = ground();

it('started again under its name before that block runs out: what was handed to the dead one is found', async () => {
  const proxy = await on.proxy();
  const [dead, redis] = [on.client({ port: proxy.port, retryStrategy: () => null }), on.client()];
  await on.admin.xgroup('CREATE', 's', 'g', '0', 'MKSTREAM');
  // The dead process: its host lost power in the middle of a blocked read, and nobody has told the server.
  const read = dead.xreadgroup('GROUP', 'g', 'c', 'BLOCK', 2000, 'STREAMS', 's', '>');
  read.catch(() => undefined);
  await on.blocked();
  proxy.cut('client');
  const told = notebook();
  const came: [id: string, origin: string][] = [];
  const subscription = fromGroup(redis, { streams: 's', group: 'g', consumer: 'c', timeout: 2000, notify: told.notify })
    .pipe(
      backlogFirst(),
      ackAfter(({ id, origin }) => void came.push([id, origin])),
    )
    .subscribe();
  await on.blocked(2);
  const [first] = await on.fill('s', 1); // to the one who has waited longer
  expect(await on.pending('s', 'g')).toMatchObject([{ id: first, consumer: 'c' }]);
  const [second] = await on.fill('s', 1);
  await eventually(() => came.length >= 2, 'both came');
  expect(came).toEqual([
    [second, 'fresh'],
    [first, 'recovered'],
  ]);
  await on.settled();
  subscription.unsubscribe();
  await whenIdle(redis);
});
