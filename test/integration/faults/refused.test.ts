/** Redis refuses for good: an error with a stable code at once, never a retry. (Rights taken away while reading: test/faults.) */
import type { Redis } from 'ioredis';
import type { Observable } from 'rxjs';
import { afterEach, describe, expect, it } from 'vitest';
import { ackAfter, AckError, fromGroup, fromStreams, StreamsError, whenIdle, type Delivery } from '../../../src/index.js';
import { eventually } from '../../support/eventually.js';
import { ground } from './ground.js';
import { notebook } from './notebook.js';

const on = ground();

afterEach(async () => {
  await on.admin.config('SET', 'requirepass', '');
  const users = (await on.admin.call('ACL', 'USERS')) as string[];
  for (const user of users) if (user === 'limited') await on.admin.call('ACL', 'DELUSER', user);
});

/** A client whose user may do everything but that. */
async function without(...rights: string[]): Promise<Redis> {
  await on.admin.call('ACL', 'SETUSER', 'limited', 'on', '>pw', '~*', '&*', '+@all', ...rights);
  return on.client({ username: 'limited', password: 'pw' });
}
/** How it ended, and after how many ms. */
async function errorOf(source: Observable<unknown>): Promise<{ error: unknown; after: number }> {
  const start = performance.now();
  const error = await new Promise<unknown>((resolve, reject) =>
    source.subscribe({ error: resolve, complete: () => reject(new Error('it completed')) }),
  );
  return { error, after: performance.now() - start };
}
const group = (redis: Redis, options: object = {}) =>
  fromGroup(redis, { streams: 's', group: 'g', consumer: 'c', timeout: 5000, ...options });

describe('at once', () => {
  it.each([
    ['fromGroup', group],
    ['fromStreams', (redis: Redis, options: object) => fromStreams(redis, { streams: 's', ...options })],
  ])('NOAUTH (%s)', async (_, source) => {
    await on.admin.config('SET', 'requirepass', 'secret');
    const told = notebook();
    const redis = on.client({ username: undefined }); // the default user
    const { error, after } = await errorOf(source(redis, { notify: told.notify }));
    expect(error).toMatchObject({ code: 'NOT_ALLOWED' });
    expect(error).toBeInstanceOf(StreamsError);
    expect(after).toBeLessThan(900);
    expect(told.of('retrying')).toEqual([]);
    expect(told.all.at(-1)).toMatchObject({ type: 'closed', error });
    await whenIdle(redis);
  });

  it('WRONGPASS', async () => {
    const redis = on.client({ username: 'nobody', password: 'wrong' });
    const { error, after } = await errorOf(group(redis));
    expect(error).toMatchObject({ code: 'NOT_ALLOWED' });
    expect(after).toBeLessThan(900);
    await whenIdle(redis);
  });

  it.each(['xreadgroup', 'xinfo', 'xgroup'])('NOPERM for %s', async (command) => {
    const redis = await without(`-${command}`);
    const { error, after } = await errorOf(group(redis));
    expect(error).toMatchObject({ code: 'NOT_ALLOWED' });
    expect(after).toBeLessThan(900);
    await whenIdle(redis);
  });

  it('no right to make a group is needed where it stands', async () => {
    const [id] = await on.filled(1);
    const redis = await without('-xgroup');
    const came: string[] = [];
    const subscription = group(redis)
      .pipe(ackAfter((entry) => void came.push(entry.id)))
      .subscribe();
    await eventually(async () => came.length === 1 && (await on.pending('s', 'g')).length === 0, 'it is done');
    expect(came).toEqual([id]);
    subscription.unsubscribe();
    await whenIdle(redis);
  });

  it.each([
    ['fromGroup', group],
    ['fromStreams', (redis: Redis) => fromStreams(redis, { streams: { s: '0' } })],
    ['fromStreams at the end', (redis: Redis) => fromStreams(redis, { streams: 's' })],
  ])('WRONGTYPE (%s)', async (_, source) => {
    await on.admin.set('s', 'text');
    const redis = on.client();
    const { error, after } = await errorOf(source(redis, {}));
    expect(error).toMatchObject({ code: 'WRONG_TYPE' });
    expect((error as Error).message).toContain('s');
    expect(after).toBeLessThan(900);
    await whenIdle(redis);
  });

  it('WRONGTYPE while reading: the key is replaced by a string', async () => {
    await on.admin.xgroup('CREATE', 's', 'g', '0', 'MKSTREAM');
    const redis = on.client();
    const ended = errorOf(group(redis));
    await on.blocked();
    await on.admin.multi().del('s').set('s', 'text').exec();
    expect((await ended).error).toMatchObject({ code: 'WRONG_TYPE' });
    await whenIdle(redis);
  });

  it.each([
    ['no stream', () => undefined],
    ['no group', () => on.fill('s', 1)],
  ])('NO_GROUP with autoCreate off (%s)', async (_, prepare) => {
    await prepare();
    const redis = on.client();
    const { error, after } = await errorOf(group(redis, { autoCreate: false }));
    expect(error).toMatchObject({ code: 'NO_GROUP' });
    expect(after).toBeLessThan(900);
    await whenIdle(redis);
  });
});

describe('a server without the command', () => {
  const crippled = ground({ args: ['--rename-command', 'XREADGROUP', ''] });
  it('ERR: unknown command', async () => {
    const redis = crippled.client();
    const told = notebook();
    const { error, after } = await errorOf(group(redis, { notify: told.notify }));
    expect(error).toMatchObject({ code: 'REFUSED', cause: { message: expect.stringMatching(/^ERR unknown command/) } });
    expect(after).toBeLessThan(900);
    expect(told.of('retrying')).toEqual([]);
    await whenIdle(redis);
  });
});

describe('acks', () => {
  it('NOPERM for xack: the stage ends with an AckError that has the ids', async () => {
    const ids = await on.filled(3);
    const redis = await without('-xack');
    const told = notebook();
    const { error } = await errorOf(group(redis, { notify: told.notify }).pipe(ackAfter(() => undefined)));
    expect(error).toBeInstanceOf(AckError);
    expect(error).toMatchObject({ code: 'ACK_REFUSED', unconfirmed: [{ stream: 's', ids }] });
    expect(told.of('ack-refused').map((notice) => notice.error)).toEqual([error]);
    expect(told.of('retrying')).toEqual([]);
    await whenIdle(redis);
    expect(await on.pending('s', 'g')).toHaveLength(3);
  });

  it('ack() rejects for whoever awaits it, and is no unhandled rejection for others', async () => {
    const unhandled: unknown[] = [];
    const listen = (reason: unknown): void => void unhandled.push(reason);
    process.on('unhandledRejection', listen);
    try {
      const ids = await on.filled(4);
      const redis = await without('-xack');
      const told = notebook();
      const entries: Delivery[] = [];
      let failure: unknown;
      group(redis, { notify: told.notify }).subscribe({
        next: (entry) => {
          entries.push(entry);
          if (entries.length < 4) void entry.ack();
        },
        error: (error: unknown) => (failure = error),
      });
      await eventually(() => entries.length === 4, 'they came'); // by now the first acks are on their way
      await expect(entries[3]?.ack()).rejects.toMatchObject({ code: 'ACK_REFUSED' });
      await eventually(
        () =>
          told
            .of('ack-refused')
            .flatMap(({ error }) => error.unconfirmed)
            .flatMap((each) => each.ids).length === 4,
        'all are told',
      );
      await whenIdle(redis);
      expect(failure).toMatchObject({ code: 'ACK_REFUSED' }); // the pending list would grow for ever
      for (const entry of entries) await expect(entry.ack()).rejects.toMatchObject({ code: 'ACK_REFUSED' }); // and again
      expect((await on.pending('s', 'g')).map(({ id }) => id)).toEqual(ids);
      await new Promise((resolve) => setImmediate(resolve)); // unhandled rejections are reported between two turns
      expect(unhandled).toEqual([]);
    } finally {
      process.off('unhandledRejection', listen);
    }
  });

  it('scripts are not allowed: nothing is given back, which is told, and closing ends all the same', async () => {
    const ids = await on.filled(3);
    const redis = await without('-eval', '-evalsha');
    const told = notebook();
    let came = 0;
    const subscription = group(redis, { notify: told.notify }).subscribe(() => {
      came += 1;
      subscription.unsubscribe();
    });
    await eventually(() => came === 1, 'one came');
    await whenIdle(redis);
    expect(told.of('not-given-back').flatMap((notice) => notice.ids)).toEqual(ids.slice(1));
    expect(told.all.at(-1)).toEqual({ type: 'closed' });
  });
});
