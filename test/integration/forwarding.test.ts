/** What comes of entries is added to another stream in the script that acks them. */
import type { Redis } from 'ioredis';
import { lastValueFrom, toArray } from 'rxjs';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import {
  fromGroup,
  fromStreams,
  forwardTo,
  untilDrained,
  whenIdle,
  type Delivery,
  type GroupOptions,
  type Notice,
} from '../../src/index.js';
import { createPort } from '../../src/wire/ioredis.js';
import { backends, countCommands, type Backend } from '../support/backends.js';
import { eventually } from '../support/eventually.js';

describe.each(backends)('on $name', ({ start }) => {
  let backend: Backend;
  let redis: Redis;
  let told: Notice[];

  beforeAll(async () => {
    backend = await start();
  });
  afterAll(() => backend.stop());
  beforeEach(() => {
    redis = backend.connect();
    told = [];
  });
  afterEach(async () => {
    await whenIdle(redis);
    await redis.flushall();
    await redis.quit();
  });

  const notify = (notice: Notice): void => void told.push(notice);
  const of = <K extends Notice['type']>(type: K) =>
    told.filter((each): each is Extract<Notice, { type: K }> => each.type === type);
  const source = (options: Partial<GroupOptions> = {}) =>
    fromGroup(redis, { streams: 's', group: 'g', consumer: 'me', autoCreate: { from: '0' }, notify, ...options });
  async function filled(n: number): Promise<string[]> {
    const ids: string[] = [];
    for (let i = 0; i < n; i++) ids.push(String(await redis.xadd('s', '*', 'n', i)));
    return ids;
  }
  const entries = async (stream: string): Promise<string[]> =>
    (await redis.xrange(stream, '-', '+')).map(([, fields]) => fields.join(' '));
  const pending = async (): Promise<unknown> => (await redis.xpending('s', 'g'))[0];

  it('each result is added once, in order, its cause is acked, and no XACK is sent', async () => {
    const ids = await filled(50);
    const counts = countCommands(redis);
    const made = await lastValueFrom(
      source({ bufferSize: 16 }).pipe(
        untilDrained(),
        forwardTo('out', async ({ id, fields }) => ({ of: id, twice: 2 * Number(fields['n']) })),
        toArray(),
      ),
    );
    expect(made).toHaveLength(50);
    expect(await entries('out')).toEqual(ids.map((id, i) => `of ${id} twice ${2 * i}`));
    expect(await pending()).toBe(0);
    expect(counts.get('XACK')).toBeUndefined();
    const [forwarded] = [of('forwarded')];
    expect(forwarded.flatMap((notice) => notice.ids)).toEqual(ids);
    expect(forwarded.flatMap((notice) => notice.added)).toEqual((await redis.xrange('out', '-', '+')).map(([id]) => id));
  });

  it('with a keyPrefix, to a stream for each entry, kept short', async () => {
    const prefixed = backend.connect({ keyPrefix: 'p:' });
    for (let i = 0; i < 9; i++) await prefixed.xadd('s', '*', 'n', i);
    await lastValueFrom(
      fromGroup(prefixed, { streams: 's', group: 'g', autoCreate: { from: '0' } }).pipe(
        untilDrained(),
        forwardTo(({ fields }) => `out:${Number(fields['n']) % 2}`, undefined, { maxLength: 2, exact: true }),
      ),
      { defaultValue: undefined },
    );
    expect(await entries('p:out:0')).toEqual(['n 6', 'n 8']);
    expect(await entries('p:out:1')).toEqual(['n 5', 'n 7']);
    expect((await redis.xpending('p:s', 'g'))[0]).toBe(0);
    await whenIdle(prefixed);
    await prefixed.quit();
  });

  it('what was deleted from its stream meanwhile is forwarded all the same: its work is done', async () => {
    const [id = ''] = await filled(1);
    await lastValueFrom(
      source().pipe(
        untilDrained(),
        forwardTo('out', async () => {
          await redis.xdel('s', id);
          return { of: id };
        }),
      ),
    );
    expect(await entries('out')).toEqual([`of ${id}`]);
    expect(await pending()).toBe(0);
  });

  it('an entry that another consumer has claimed meanwhile is not forwarded, and stays with that one', async () => {
    const [a = '', b = ''] = await filled(2);
    await lastValueFrom(
      source().pipe(
        untilDrained(),
        forwardTo('out', async ({ id }) => {
          if (id === a) await redis.xclaim('s', 'g', 'other', 0, id, 'JUSTID');
          return { of: id };
        }),
      ),
    );
    expect(await entries('out')).toEqual([`of ${b}`]);
    expect(await redis.xpending('s', 'g', '-', '+', 9)).toMatchObject([[a, 'other', expect.any(Number), 1]]);
    expect(of('lease-lost')).toEqual([{ type: 'lease-lost', stream: 's', ids: [a] }]);
  });

  it('a second run of the script adds nothing', async () => {
    await filled(2);
    const port = createPort(redis);
    await redis.xgroup('CREATE', 's', 'g', '0');
    await redis.xreadgroup('GROUP', 'g', 'me', 'STREAMS', 's', '>');
    const ids = (await redis.xrange('s', '-', '+')).map(([id]) => id);
    const target = {
      stream: 's',
      group: 'g',
      consumer: 'me',
      entries: ids.map((id) => ({ id, to: 'out', fields: ['of', id, 'b', Buffer.from([0, 255])], trim: undefined })),
    };
    const [first, second] = [await lastValueFrom(port.forward(target)), await lastValueFrom(port.forward(target))];
    expect([first.done, second]).toEqual([ids, { done: [], added: [] }]);
    expect(await redis.xlen('out')).toBe(2);
    const [[, fields] = []] = await redis.xrangeBuffer('out', '-', '+');
    expect(fields?.[3]).toEqual(Buffer.from([0, 255]));
  });

  it('more than one script holds: all of them', async () => {
    await filled(450);
    await lastValueFrom(source({ bufferSize: 1_000, refillAt: 0 }).pipe(untilDrained(), forwardTo('out')), {
      defaultValue: undefined,
    });
    expect(await entries('out')).toEqual(Array.from({ length: 450 }, (_, i) => `n ${i}`));
    expect(await pending()).toBe(0);
  });

  it('where the other key is no stream: ACK_REFUSED, and the entry stays pending', async () => {
    const [id = ''] = await filled(1);
    await redis.set('out', 'text');
    await expect(lastValueFrom(source().pipe(untilDrained(), forwardTo('out')))).rejects.toMatchObject({
      code: 'ACK_REFUSED',
      unconfirmed: [{ stream: 's', ids: [id] }],
    });
    expect(await pending()).toBe(1);
  });

  it('where the group vanishes: what is held is registered again, and then forwarded', async () => {
    const [id = ''] = await filled(1);
    let end: (made: { of: string }) => void = () => undefined;
    const subscription = source({ timeout: 50 })
      .pipe(forwardTo('out', () => new Promise<{ of: string }>((resolve) => (end = resolve))))
      .subscribe();
    await eventually(async () => (await pending()) === 1, 'it is held');
    await redis.xgroup('DESTROY', 's', 'g');
    await eventually(() => of('healed').length === 1, 'the group is made again');
    end({ of: id });
    await eventually(async () => (await redis.xlen('out')) === 1, 'it is forwarded');
    expect(await pending()).toBe(0);
    subscription.unsubscribe();
  });

  it('of a reader without a group, or without acks: a TypeError before any work', async () => {
    await filled(1);
    let worked = 0;
    const work = forwardTo<Delivery, { n: number }>('out', () => ({ n: ++worked }));
    const standalone = fromStreams(redis, { streams: { s: '0' }, until: 'drained' }) as never as ReturnType<typeof source>;
    await expect(lastValueFrom(standalone.pipe(work))).rejects.toThrow(/forwardTo adds .* use publishTo/);
    await expect(lastValueFrom(source({ autoAcknowledge: true }).pipe(work))).rejects.toThrow(TypeError);
    expect([worked, await redis.exists('out')]).toEqual([0, 0]);
  });
});
