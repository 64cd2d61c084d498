/** The group goes while `retry()` or `repeat()` wait: the next subscription makes it again where the one before stood. */
import { setTimeout as sleep } from 'node:timers/promises';
import { repeat, retry, take } from 'rxjs';
import { expect, it } from 'vitest';
import { ackAfter, fromGroup, whenIdle, type Delivery } from '../../../src/index.js';
import { eventually } from '../../support/eventually.js';
import { ground } from './ground.js';
import { notebook } from './notebook.js';
import { register } from './register.js';

const on = ground();

it.each([
  ['what was held is registered and taken over', {}],
  ['where the backlog would bring it, too', { startFromBacklog: true }],
])('retry(): what was held and what was added meanwhile comes; %s', async (_, more) => {
  const redis = on.client();
  await on.admin.xgroup('CREATE', 's', 'g', '0', 'MKSTREAM');
  const ids = await on.fill('s', 20);
  const told = notebook();
  const done: string[] = [];
  let fails = 1;
  const work = async ({ id }: Delivery): Promise<void> => {
    await sleep(2); // how long work takes
    if (id === ids[9] && fails-- > 0) throw new Error('once');
    done.push(id);
  };
  const options = { streams: 's', group: 'g', consumer: 'c', bufferSize: 8, ...more };
  const subscription = fromGroup(redis, { ...options, notify: told.notify })
    .pipe(ackAfter(work), retry({ delay: 300 }))
    .subscribe();
  await eventually(() => told.of('closed').length === 1, 'the first has closed');
  await on.admin.xgroup('DESTROY', 's', 'g');
  ids.push(...(await on.fill('s', 5)));
  await eventually(() => done.length >= 25 || `${done.length} of 25`, 'all are done');
  await on.settled();
  expect(done).toEqual(ids);
  expect(told.of('healed')).toHaveLength(1);
  expect(told.of('joined').map(({ created }) => created)).toEqual([false, false]);
  expect(told.of('backlog-done').length).toBe(_.startsWith('where') ? 2 : 0);
  subscription.unsubscribe();
  await whenIdle(redis);
});

it('repeat(): what is added while nobody reads comes, though nothing was held', async () => {
  const redis = on.client();
  const before = await on.fill('s', 3);
  const told = notebook();
  const came: string[] = [];
  const subscription = fromGroup(redis, {
    ...{ streams: 's', group: 'g', consumer: 'c', autoCreate: { from: '0' }, bufferSize: 1, notify: told.notify },
  })
    .pipe(take(3), ackAfter(), repeat({ count: 2, delay: 200 }))
    .subscribe(({ id }) => came.push(id));
  await eventually(() => told.of('closed').length === 1, 'the first has closed');
  await on.admin.xgroup('DESTROY', 's', 'g');
  const after = await on.fill('s', 3);
  await eventually(() => came.length >= 6, 'the others came');
  expect(came).toEqual([...before, ...after]);
  subscription.unsubscribe();
  await whenIdle(redis);
});

it('again and again under load, with projects that fail: every entry is processed', async () => {
  const redis = on.client();
  await on.admin.xgroup('CREATE', 's', 'g', '0', 'MKSTREAM');
  const seen = register();
  const told = notebook();
  let works = 0;
  const work = async (entry: Delivery): Promise<void> => {
    await sleep(Math.random() * 6); // how long work takes
    if (++works % 60 === 0) throw new Error('now and then');
    seen.came(entry);
  };
  const subscription = fromGroup(redis, {
    ...{ streams: 's', group: 'g', consumer: 'c', bufferSize: 32, timeout: 300, notify: told.notify },
  })
    .pipe(ackAfter(work, { concurrency: 8 }), retry())
    .subscribe();
  const ids: string[] = [];
  for (let i = 0; i < 200; i++) {
    ids.push(...(await on.fill('s', 3)));
    await sleep(4); // a producer that never stops; nothing is waited for
    if (i % 20 === 19) await on.admin.xgroup('DESTROY', 's', 'g').catch(() => 0);
  }
  await eventually(() => seen.ids.length >= ids.length || `${seen.ids.length} of ${ids.length}`, 'all are done');
  await on.settled();
  expect(seen.ids.toSorted()).toEqual(ids.toSorted());
  expect(told.of('closed').length).toBeGreaterThan(5);
  expect(told.of('healed').length).toBeGreaterThan(3);
  subscription.unsubscribe();
  await whenIdle(redis);
});
