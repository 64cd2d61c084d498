/** A pending entry that was trimmed or deleted: acked away, told with its id, never emitted. */
import { firstValueFrom, lastValueFrom, toArray } from 'rxjs';
import { expect, it } from 'vitest';
import { ackAfter, fromGroup, whenIdle } from '../../../src/index.js';
import { eventually } from '../../support/eventually.js';
import { ground, onServer } from './ground.js';
import { notebook } from './notebook.js';

const on = ground();

it.each([
  ['deleted', async (ids: string[]) => void (await on.admin.xdel('s', ids[1] ?? '', ids[3] ?? '')), [1, 3]],
  ['trimmed', async () => void (await on.admin.xtrim('s', 'MAXLEN', 2)), [0, 1, 2]],
  ['all deleted', async (ids: string[]) => void (await on.admin.xdel('s', ...ids)), [0, 1, 2, 3, 4]],
])('in the backlog (%s)', async (_, remove, missing) => {
  const redis = on.client();
  const told = notebook();
  const ids = await on.filled(5);
  await on.admin.xreadgroup('GROUP', 'g', 'c', 'STREAMS', 's', '>');
  await remove(ids);
  const came = await lastValueFrom(
    fromGroup(redis, {
      streams: 's',
      group: 'g',
      consumer: 'c',
      startFromBacklog: true,
      until: 'drained',
      notify: told.notify,
    }).pipe(
      ackAfter(({ id }) => id),
      toArray(),
    ),
  );
  expect(came).toEqual(ids.filter((__, i) => !missing.includes(i)));
  await whenIdle(redis);
  expect(told.of('gone').flatMap((notice) => notice.ids)).toEqual(missing.map((i) => ids[i]));
  expect(await on.pending('s', 'g')).toEqual([]);
});

it('a backlog of several pages, mostly gone, comes to its end', async () => {
  const redis = on.client();
  const told = notebook();
  const ids = await on.filled(40);
  await on.admin.xreadgroup('GROUP', 'g', 'c', 'STREAMS', 's', '>');
  await on.admin.xdel('s', ...ids.slice(0, 35));
  const came = await lastValueFrom(
    fromGroup(redis, {
      streams: 's',
      group: 'g',
      consumer: 'c',
      bufferSize: 8,
      startFromBacklog: true,
      until: 'drained',
      notify: told.notify,
    }).pipe(
      ackAfter(({ id }) => id),
      toArray(),
    ),
  );
  expect(came).toEqual(ids.slice(35));
  await whenIdle(redis);
  expect(told.of('gone').flatMap((notice) => notice.ids)).toEqual(ids.slice(0, 35));
  expect(await on.pending('s', 'g')).toEqual([]);
});

onServer('in a reply that was lost', async () => {
  const proxy = await on.proxy();
  const redis = on.clientReadingThrough(proxy);
  const told = notebook();
  const came: string[] = [];
  const subscription = fromGroup(redis, {
    streams: 's',
    group: 'g',
    consumer: 'c',
    timeout: 300,
    autoCreate: { from: '0' },
    notify: told.notify,
  })
    .pipe(ackAfter(({ id }) => void came.push(id)))
    .subscribe();
  await on.blocked();
  const cutting = proxy.cutReplies((chunk) => chunk.includes('doomed'));
  // Added and deleted in one transaction: the blocked client is served only when that is over, with what is still there.
  const id = await on.admin.xadd('s', '*', 'doomed', '1');
  await on.admin.xdel('s', id ?? '');
  await cutting.done;
  await eventually(() => told.of('gone').length === 1, 'it is told');
  expect(told.of('gone')[0]).toEqual({ type: 'gone', stream: 's', ids: [id] });
  await on.settled();
  const [next] = await on.fill('s', 1);
  await eventually(() => came.length === 1, 'the next came');
  expect(came).toEqual([next]);
  subscription.unsubscribe();
  await whenIdle(redis);
});

it('in what an earlier subscription left', async () => {
  const redis = on.client();
  const told = notebook();
  const ids = await on.filled(4);
  const source = fromGroup(redis, { streams: 's', group: 'g', consumer: 'c', until: 'drained', notify: told.notify });
  await firstValueFrom(source);
  await whenIdle(redis);
  await on.admin.xdel('s', ids[0] ?? '', ids[2] ?? '');
  const came = await lastValueFrom(
    source.pipe(
      ackAfter(({ id }) => id),
      toArray(),
    ),
  );
  expect(came).toEqual([ids[1], ids[3]]);
  await whenIdle(redis);
  expect(told.of('gone').flatMap((notice) => notice.ids)).toEqual([ids[0], ids[2]]);
  expect(told.of('recovered').flatMap((notice) => notice.ids)).not.toContain(ids[0]);
  expect(await on.pending('s', 'g')).toEqual([]);
});

it('while it is held: its ack is harmless', async () => {
  const redis = on.client();
  const ids = await on.filled(2);
  const done: string[] = [];
  const subscription = fromGroup(redis, { streams: 's', group: 'g', consumer: 'c' })
    .pipe(
      ackAfter(async ({ id }) => {
        await on.admin.xdel('s', id);
        done.push(id);
      }),
    )
    .subscribe();
  await eventually(async () => done.length === 2 && (await on.pending('s', 'g')).length === 0, 'both are done');
  expect(done).toEqual(ids);
  subscription.unsubscribe();
  await whenIdle(redis);
});
