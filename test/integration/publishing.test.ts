/** What passes is added to a stream, and entries are acked once it is there. */
import type { Redis } from 'ioredis';
import { concatMap, from, lastValueFrom, map, range, toArray } from 'rxjs';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { ackAfter, fromGroup, fromStreams, publishTo, untilDrained, whenIdle } from '../../src/index.js';
import { backends, countCommands, type Backend } from '../support/backends.js';

describe.each(backends)('on $name', ({ start }) => {
  let backend: Backend;
  let redis: Redis;

  beforeAll(async () => {
    backend = await start();
  });
  afterAll(() => backend.stop());
  beforeEach(() => {
    redis = backend.connect();
  });
  afterEach(async () => {
    await whenIdle(redis);
    await redis.flushall();
    await redis.quit();
  });

  const entries = async (stream: string): Promise<string[]> =>
    (await redis.xrange(stream, '-', '+')).map(([, fields]) => fields.join(' '));
  const group = (client = redis) =>
    fromGroup(client, { streams: 's', group: 'g', consumer: 'me', autoCreate: { from: '0' }, bufferSize: 16 }).pipe(
      untilDrained(),
    );
  async function filled(n: number): Promise<string[]> {
    const ids: string[] = [];
    for (let i = 0; i < n; i++) ids.push(String(await redis.xadd('s', '*', 'n', i)));
    return ids;
  }

  it('values of any Observable, in order; the ids are those of the stream', async () => {
    const ids = await lastValueFrom(
      range(0, 500).pipe(publishTo(redis, 'out', { encode: (n) => ({ n, twice: String(2 * n) }) }), toArray()),
    );
    expect(ids).toEqual((await redis.xrange('out', '-', '+')).map(([id]) => id));
    expect(await entries('out')).toEqual(Array.from({ length: 500 }, (_, n) => `n ${n} twice ${2 * n}`));
  });

  it('bytes as they are, repeated names in order, and with a keyPrefix', async () => {
    const prefixed = backend.connect({ keyPrefix: 'p:' });
    const bytes = Buffer.from([0, 255, 13, 10]);
    const pairs = [
      ['f', bytes],
      ['f', 'ü'],
      ['', ''],
    ] as const;
    await lastValueFrom(from([pairs]).pipe(publishTo(prefixed, 'out')));
    const [[, fields] = []] = await redis.xrangeBuffer('p:out', '-', '+');
    expect(fields).toEqual([Buffer.from('f'), bytes, Buffer.from('f'), Buffer.from('ü'), Buffer.from(''), Buffer.from('')]);
    await prefixed.quit();
  });

  it('kept short: by length, exactly and nearly; by id; to a stream of its own for each', async () => {
    const publish = (stream: string, options: object) =>
      lastValueFrom(range(0, 250).pipe(publishTo(redis, stream, { encode: (n) => ({ n }), ...options })));
    await publish('exact', { maxLength: 3, exact: true });
    await publish('nearly', { maxLength: 3 });
    const last = await publish('old', { minId: '1-1' });
    await publish('old', { minId: () => last, exact: true });
    expect(await entries('exact')).toEqual(['n 247', 'n 248', 'n 249']);
    const nearly = await redis.xlen('nearly');
    expect([nearly >= 3, nearly < 250]).toEqual([true, true]);
    expect(await redis.xlen('old')).toBe(251);
    await lastValueFrom(range(0, 4).pipe(publishTo(redis, (n) => `part:${n % 2}`, { encode: (n) => ({ n }) })));
    expect([await entries('part:0'), await entries('part:1')]).toEqual([
      ['n 0', 'n 2'],
      ['n 1', 'n 3'],
    ]);
  });

  it('entries of a group: worked on above, added, and acked then', async () => {
    const ids = await filled(50);
    const published = await lastValueFrom(
      group().pipe(
        concatMap(async (entry) => entry.mapValue(({ n }) => 2 * Number(n))),
        publishTo(redis, 'out', { encode: ({ id, value }) => ({ of: id, value }) }),
        toArray(),
      ),
    );
    expect(published).toHaveLength(50);
    expect(await entries('out')).toEqual(ids.map((id, i) => `of ${id} value ${2 * i}`));
    expect((await redis.xpending('s', 'g'))[0]).toBe(0);
  });

  it('entries without a group hold back their source, too', async () => {
    await filled(300);
    const source = fromStreams(redis, { streams: { s: '0' }, until: 'drained', bufferSize: 10 });
    await lastValueFrom(source.pipe(publishTo(redis, 'out', { maxWaiting: 1, concurrency: 2 })));
    expect(await redis.xlen('out')).toBe(300);
  });

  it('inside of a project: each entry is acked when what comes of it was added', async () => {
    const ids = await filled(20);
    await lastValueFrom(
      group().pipe(
        ackAfter(
          ({ id }) =>
            from([
              { of: id, part: 1 },
              { of: id, part: 2 },
            ]).pipe(publishTo(redis, 'out')),
          { concurrency: 8 },
        ),
      ),
    );
    const added = await entries('out');
    expect(added.toSorted()).toEqual(ids.flatMap((id) => [`of ${id} part 1`, `of ${id} part 2`]).toSorted());
    expect((await redis.xpending('s', 'g'))[0]).toBe(0);
  });

  it('whether the server knows repeats again is asked once for each client', async () => {
    const counts = countCommands(redis);
    const publish = (n: number) =>
      lastValueFrom(
        range(0, n).pipe(
          map((i) => ({ n: i })),
          publishTo(redis, 'out'),
        ),
      );
    await publish(3);
    const first = counts.get('XADD');
    expect([3, 4]).toContain(first);
    await publish(3);
    expect(counts.get('XADD')).toBe((first ?? 0) + 3);
  });

  it('where the key is no stream: WRONG_TYPE, and the entry stays pending', async () => {
    await filled(1);
    await redis.set('out', 'text');
    await expect(lastValueFrom(group().pipe(publishTo(redis, 'out')))).rejects.toMatchObject({ code: 'WRONG_TYPE' });
    expect((await redis.xpending('s', 'g'))[0]).toBe(1);
  });
});
