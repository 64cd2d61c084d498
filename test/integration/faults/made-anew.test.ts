/** A key is deleted and made again, without a group: smaller ids come as well as larger ones. (With one: vanished-group.test.ts.) */
import { firstValueFrom, lastValueFrom, map, toArray } from 'rxjs';
import { expect, it } from 'vitest';
import { ackAfter, Consumer, fromStreams, GroupConsumer, whenIdle } from '../../../src/index.js';
import { eventually } from '../../support/eventually.js';
import { consume } from './gated-consumer.js';
import { ground } from './ground.js';
import { notebook } from './notebook.js';

const on = ground();
const TIMEOUT = 100;

async function add(stream: string, ...ids: string[]): Promise<string[]> {
  for (const id of ids) await on.admin.xadd(stream, id, 'n', id);
  return ids;
}
/** Deleted and made again in one transaction, so that nobody sees it gone. */
async function remake(stream: string, ...ids: string[]): Promise<string[]> {
  const again = on.admin.multi().del(stream);
  for (const id of ids) again.xadd(stream, id, 'n', id);
  await again.exec();
  return ids;
}
/** What `fromStreams` emits, live. */
function tail(streams: string[] | Record<string, string>, redis = on.client()) {
  const told = notebook();
  const came: string[] = [];
  const subscription = fromStreams(redis, { streams, timeout: TIMEOUT, notify: told.notify })
    .pipe(ackAfter(({ stream, id }) => void came.push(`${stream} ${id}`)))
    .subscribe();
  return {
    told,
    came,
    end: async () => {
      subscription.unsubscribe();
      await whenIdle(redis);
    },
  };
}

it.each([
  ['', {}],
  ['with a keyPrefix', { keyPrefix: 'p:' }],
])('smaller ids: reading goes on at the beginning, which is told %s', async (_, options) => {
  const key = `${'keyPrefix' in options ? options.keyPrefix : ''}s`;
  await add(key, '100-1', '100-2');
  const { told, came, end } = tail({ s: '0' }, on.client(options));
  await eventually(() => came.length === 2, 'the first came');
  await on.blocked();
  await remake(key, '1-1', '1-2', '2-1');
  await eventually(() => came.length >= 5, 'the new ones came');
  await add(key, '3-1');
  await eventually(() => came.length >= 6, 'and the next');
  expect(came).toEqual(['100-1', '100-2', '1-1', '1-2', '2-1', '3-1'].map((id) => `s ${id}`));
  expect(told.of('restarted')).toEqual([{ type: 'restarted', stream: 's', read: '100-2', last: '2-1' }]);
  await end();
});

it('from the end of a stream of which nothing was read', async () => {
  await add('s', '100-1');
  const { told, came, end } = tail(['s']);
  await on.blocked();
  await remake('s', '1-1');
  await eventually(() => came.length >= 1, 'it came');
  expect(came).toEqual(['s 1-1']);
  expect(told.of('restarted')).toHaveLength(1);
  await end();
});

it('deleted, seen to be gone, and made again much later: whatever comes is new', async () => {
  await add('s', '100-1');
  const { told, came, end } = tail({ s: '0' });
  await eventually(() => came.length === 1, 'the first came');
  await on.admin.del('s');
  await eventually(() => told.of('restarted').length === 1, 'it is seen');
  expect(told.of('restarted')).toEqual([{ type: 'restarted', stream: 's', read: '100-1', last: undefined }]);
  await on.blocked();
  await add('s', '1-1', '200-1');
  await eventually(() => came.length >= 3, 'all came');
  expect(came).toEqual(['100-1', '1-1', '200-1'].map((id) => `s ${id}`));
  await end();
});

it('larger ids, a trimmed stream and deleted entries are nothing of the kind: nothing comes twice', async () => {
  await add('s', '100-1', '100-2');
  const { told, came, end } = tail({ s: '0' });
  await eventually(() => came.length === 2, 'the first came');
  await on.blocked();
  await remake('s', '200-1');
  await eventually(() => came.length >= 3, 'the larger one came');
  await on.admin.xdel('s', '200-1');
  await on.admin.xtrim('s', 'MAXLEN', 0);
  await on.admin.config('RESETSTAT');
  // Two more reads find nothing.
  await eventually(async () => calls(await on.admin.info('commandstats'), 'xread') >= 3, 'it was read again');
  await add('s', '300-1');
  await eventually(() => came.length >= 4, 'the next came');
  expect(came).toEqual(['100-1', '100-2', '200-1', '300-1'].map((id) => `s ${id}`));
  expect(told.of('restarted')).toEqual([]);
  await end();
});

it('one of two streams, and the other one goes on', async () => {
  await add('a', '100-1');
  await add('b', '100-1');
  const { told, came, end } = tail({ a: '0', b: '0' });
  await eventually(() => came.length === 2, 'the first came');
  await remake('b', '1-1');
  await eventually(() => came.length >= 3, 'the new one came');
  await add('a', '100-2');
  await eventually(() => came.length >= 4, 'and the old stream goes on');
  expect(came.slice(2)).toEqual(['b 1-1', 'a 100-2']);
  expect(told.of('restarted').map(({ stream }) => stream)).toEqual(['b']);
  await end();
});

it('a start of the future was asked for: what is below it does not come', async () => {
  await add('s', '100-1');
  const { told, came, end } = tail({ s: '500-0' });
  await on.blocked();
  await on.admin.config('RESETSTAT');
  await eventually(async () => calls(await on.admin.info('commandstats'), 'xread') >= 3, 'it was read again');
  await add('s', '101-1', '501-0');
  await eventually(() => came.length >= 1, 'the first behind it came');
  expect(came).toEqual(['s 501-0']);
  expect(told.of('restarted')).toEqual([]);
  await end();
});

it('drained: what was made anew while the last entries were worked on still comes', async () => {
  await add('s', '100-1', '100-2');
  const redis = on.client();
  const told = notebook();
  const ids = fromStreams(redis, { streams: { s: '0' }, until: 'drained', bufferSize: 2, notify: told.notify }).pipe(
    ackAfter(async ({ id }) => {
      if (id === '100-2') await remake('s', '1-1', '1-2');
      return id;
    }),
    toArray(),
  );
  expect(await lastValueFrom(ids)).toEqual(['100-1', '100-2', '1-1', '1-2']);
  expect(told.of('restarted')).toHaveLength(1);
  await whenIdle(redis);
});

it('the look is of the server that was read, and needs the caller’s client for nothing', async () => {
  const proxy = await on.proxy();
  // Of the caller's commands none gets an answer any more; readers go straight to the server.
  const redis = on.client({ port: proxy.port });
  const duplicate = redis.duplicate.bind(redis);
  redis.duplicate = (override) => duplicate({ ...override, port: on.server.port });
  await add('s', '100-1');
  const { came, end } = tail({ s: '0' }, redis);
  await eventually(() => came.length === 1, 'the first came');
  proxy.freeze();
  await remake('s', '1-1');
  await eventually(() => came.length >= 2, 'the new one came');
  expect(came).toEqual(['s 100-1', 's 1-1']);
  await end();
});

it('without the right to look: the error NOT_ALLOWED', async () => {
  await on.admin.call('ACL', 'SETUSER', 'blind', 'on', '>pw', '~*', '&*', '+@all', '-xinfo');
  const redis = on.client({ username: 'blind', password: 'pw' });
  const source = fromStreams(redis, { streams: { s: '0' }, timeout: TIMEOUT }).pipe(map(({ id }) => id));
  await expect(firstValueFrom(source)).rejects.toMatchObject({ code: 'NOT_ALLOWED' });
  await whenIdle(redis);
  await on.admin.call('ACL', 'DELUSER', 'blind');
});

it('a pull consumer', async () => {
  await add('s', '100-1');
  const redis = on.client();
  await using consumer = new Consumer(redis, { streams: { s: '0' } });
  const all = async (): Promise<string[]> => {
    const ids: string[] = [];
    for await (const { id } of consumer) ids.push(id);
    return ids;
  };
  expect(await all()).toEqual(['100-1']);
  await remake('s', '1-1', '1-2');
  expect(await all()).toEqual(['1-1', '1-2']);
  await on.admin.del('s');
  expect(await all()).toEqual([]);
  await add('s', '1-1');
  expect(await all()).toEqual(['1-1']);
});

it('in a group: while nothing is read, because the window is full', async () => {
  const redis = on.client();
  await add('s', '100-1', '100-2');
  const { told, seen, open, subscription } = consume(redis, { bufferSize: 2 }, { gated: true, concurrency: 2 });
  await eventually(() => seen.order.length === 2, 'they came');
  const ids = await remake('s', '1-1', '1-2', '2-1');
  await eventually(() => (open(), seen.order.length >= 5), 'the new ones came');
  open();
  expect(seen.order).toEqual(['100-1', '100-2', ...ids]);
  expect(told.of('healed')).toMatchObject([{ from: '0-0' }]);
  await on.settled();
  subscription.unsubscribe();
  await whenIdle(redis);
});

it('in a group, by a pull consumer', async () => {
  await on.admin.xgroup('CREATE', 's', 'g', '0', 'MKSTREAM');
  await add('s', '100-1');
  await using consumer = new GroupConsumer(on.client(), { streams: 's', group: 'g', consumer: 'c' });
  await (await consumer.getEntry())?.ack();
  await on.settled();
  await remake('s', '1-1', '1-2');
  const ids: string[] = [];
  for await (const entry of consumer) {
    ids.push(entry.id);
    await entry.ack();
  }
  expect(ids).toEqual(['1-1', '1-2']);
});

/** How often a command was called, as INFO commandstats says. */
function calls(stats: string, command: string): number {
  return Number(new RegExp(`cmdstat_${command}:calls=(\\d+)`).exec(stats)?.[1] ?? 0);
}
