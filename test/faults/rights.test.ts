/** Rights are taken away while somebody reads: a fatal error, with every unfinished entry still pending. Given back: it goes on. */
import type { Redis } from 'ioredis';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { ackAfter, fromGroup, fromStreams, GroupConsumer, whenIdle, type Delivery, type GroupSource } from '../../src/index.js';
import { eventually } from '../support/eventually.js';
import { ground } from '../integration/faults/ground.js';
import { notebook } from '../integration/faults/notebook.js';

const on = ground();
const acl = (...rights: string[]): Promise<unknown> => on.admin.call('ACL', 'SETUSER', 'worker', ...rights);
const worker = (): Redis => on.client({ username: 'worker', password: 'pw' });

beforeEach(() => acl('reset', 'on', '>pw', '~*', '&*', '+@all'));
afterEach(() => on.admin.call('ACL', 'DELUSER', 'worker'));

/** A subscription whose projects end when they are told to. */
function work(source: GroupSource) {
  const came: [id: string, attempt: number][] = [];
  const gates: (() => void)[] = [];
  const end: { error?: unknown } = {};
  const subscription = source
    .pipe(
      ackAfter(
        ({ id, attempt }: Delivery) => {
          came.push([id, attempt]);
          return new Promise<void>((open) => gates.push(open));
        },
        { concurrency: 2 },
      ),
    )
    .subscribe({ error: (error: unknown) => (end.error = error) });
  const open = (): void => {
    for (const gate of gates.splice(0)) gate();
  };
  return { came, end, open, subscription };
}

/** The next subscription works all of these off, in this order and with these attempts, and nothing is left. */
async function goesOn(source: GroupSource, redis: Redis, expected: [id: string, attempt: number][]): Promise<void> {
  const { came, end, open, subscription } = work(source);
  await eventually(() => {
    open();
    return came.length >= expected.length;
  }, 'they come');
  open();
  await on.settled();
  expect(came).toEqual(expected);
  const [id] = await on.fill('s', 1);
  await eventually(() => came.length > expected.length, 'a fresh one comes');
  open();
  expect(came.at(-1)).toEqual([id, 1]);
  expect(end).toEqual({});
  await on.settled();
  subscription.unsubscribe();
  await whenIdle(redis);
}

describe('taken away while entries are held', () => {
  const group = (redis: Redis, notify = notebook().notify) =>
    fromGroup(redis, { streams: 's', group: 'g', consumer: 'c', timeout: 100, notify });

  it.each([
    ['the command', ['-xreadgroup'], ['+xreadgroup'], 1],
    // Giving back is refused, too: what waited counts as delivered.
    ['the key', ['resetkeys', '~other'], ['~*'], 2],
  ])(
    'of reading (%s): NOT_ALLOWED, what runs ends, what waits stays pending; given back, a new subscription goes on',
    async (_, take, give, attempt) => {
      const ids = await on.filled(5);
      const redis = worker();
      const told = notebook();
      const source = group(redis, told.notify);
      const { came, end, open } = work(source);
      await eventually(() => came.length === 2, 'two run, and three wait');
      await on.blocked();
      await acl(...take);
      await eventually(() => told.of('closing').length === 1, 'reading ends');
      expect(told.of('closing')).toEqual([{ type: 'closing', why: 'error' }]);
      if (take.includes('resetkeys')) await acl(...give); // or the acks would be refused, too
      open();
      await eventually(() => end.error !== undefined, 'it errors');
      await whenIdle(redis);
      expect(end.error).toMatchObject({ code: 'NOT_ALLOWED' });
      expect((end.error as Error).message).toContain('ACL GETUSER');
      expect(told.of('retrying')).toEqual([]);
      expect(came).toEqual(ids.slice(0, 2).map((id) => [id, 1]));
      expect((await on.pending('s', 'g')).map(({ id, consumer }) => [id, consumer])).toEqual(ids.slice(2).map((id) => [id, 'c']));
      await acl(...give);
      await goesOn(
        source,
        redis,
        ids.slice(2).map((id) => [id, attempt]),
      );
    },
  );

  it('of acking: ACK_REFUSED with the ids, all still pending; given back, they come again', async () => {
    const ids = await on.filled(2);
    const redis = worker();
    const source = group(redis);
    const { came, end, open } = work(source);
    await eventually(() => came.length === 2, 'two run');
    await acl('-xack');
    open();
    await eventually(() => end.error !== undefined, 'it errors');
    await whenIdle(redis);
    expect(end.error).toMatchObject({ code: 'ACK_REFUSED', unconfirmed: [{ stream: 's', ids }] });
    expect((await on.pending('s', 'g')).map(({ id }) => id)).toEqual(ids);
    await acl('+xack');
    await goesOn(
      source,
      redis,
      ids.map((id) => [id, 2]),
    );
  });

  it('all of them: an error with a code, every entry still pending; given back, all of them come', async () => {
    const ids = await on.filled(4);
    const redis = worker();
    const source = group(redis);
    const { came, end, open } = work(source);
    await eventually(() => came.length === 2, 'two run, and two wait');
    await acl('-@all');
    await eventually(() => {
      open();
      return end.error !== undefined;
    }, 'it errors');
    await whenIdle(redis);
    expect(['NOT_ALLOWED', 'ACK_REFUSED']).toContain((end.error as { code: string }).code);
    expect((await on.pending('s', 'g')).map(({ id }) => id)).toEqual(ids);
    await acl('+@all');
    await eventually(() => redis.ping().then((pong) => pong === 'PONG'), 'the client may again');
    // Nothing could be given back, so all of them count as delivered.
    await goesOn(
      source,
      redis,
      ids.map((id) => [id, 2]),
    );
  });
});

it('the user is deleted, which closes its connections: NOT_ALLOWED; made again, a new subscription goes on', async () => {
  const ids = await on.filled(3);
  const redis = worker();
  const came: string[] = [];
  let error: unknown;
  fromGroup(redis, { streams: 's', group: 'g', consumer: 'c', timeout: 100 }).subscribe({
    next: ({ id }) => came.push(id),
    error: (each: unknown) => (error = each),
  });
  await eventually(() => came.length === 3, 'they came');
  await on.blocked();
  await on.admin.call('ACL', 'DELUSER', 'worker');
  await eventually(() => error !== undefined, 'it errors');
  await whenIdle(redis);
  expect(error).toMatchObject({ code: 'NOT_ALLOWED' });
  expect((await on.pending('s', 'g')).map(({ id }) => id)).toEqual(ids);
  await acl('reset', 'on', '>pw', '~*', '&*', '+@all');
  const again = worker();
  const next = fromGroup(again, { streams: 's', group: 'g', consumer: 'c', timeout: 100, startFromBacklog: true });
  await goesOn(
    next,
    again,
    ids.map((id) => [id, 2]),
  );
});

it('fromStreams: NOT_ALLOWED; given back, it goes on behind the last id seen', async () => {
  const redis = worker();
  const before = await on.fill('s', 2);
  const came: string[] = [];
  let error: unknown;
  fromStreams(redis, { streams: { s: '0' }, timeout: 100 }).subscribe({
    next: ({ id }) => came.push(id),
    error: (each: unknown) => (error = each),
  });
  await eventually(() => came.length === 2, 'the first came');
  await acl('-xread');
  await eventually(() => error !== undefined, 'it errors');
  expect(error).toMatchObject({ code: 'NOT_ALLOWED' });
  await whenIdle(redis);
  await acl('+xread');
  const after = await on.fill('s', 2);
  const subscription = fromStreams(redis, { streams: { s: came.at(-1) ?? '' } }).subscribe(({ id }) => came.push(id));
  await eventually(() => came.length === 4, 'the others came');
  expect(came).toEqual([...before, ...after]);
  subscription.unsubscribe();
  await whenIdle(redis);
});

it('a pull consumer: the call rejects with NOT_ALLOWED; given back, the next call goes on', async () => {
  const redis = worker();
  const ids = await on.filled(2);
  await using consumer = new GroupConsumer(redis, { streams: 's', group: 'g', consumer: 'c' });
  const first = await consumer.getEntry();
  await acl('-xreadgroup');
  await expect(consumer.getEntry()).rejects.toMatchObject({ code: 'NOT_ALLOWED' });
  expect((await on.pending('s', 'g')).map(({ id }) => id)).toEqual(ids.slice(0, 1));
  await first?.ack();
  await acl('+xreadgroup');
  const second = await consumer.getEntry();
  expect([first?.id, second?.id]).toEqual(ids);
  await second?.ack();
  expect(await on.pending('s', 'g')).toEqual([]);
});
