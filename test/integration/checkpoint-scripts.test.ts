/** The scripts of checkpoints, on a real server in Lua and in memory without it: the two answer the same. */
import fc from 'fast-check';
import type { Redis } from 'ioredis';
import { firstValueFrom, type Observable } from 'rxjs';
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { createPort } from '../../src/wire/ioredis.js';
import type { Position } from '../../src/checkpoint.js';
import { compareIds } from '../../src/streams/position.js';
import { backends, type Backend } from '../support/backends.js';

const get = <T>(command: Observable<T>): Promise<T> => firstValueFrom(command);
const at = (positions: Record<string, string>): ReadonlyMap<string, Position> =>
  new Map(Object.entries(positions).map(([stream, id]) => [stream, { id, added: undefined }]));

/** Numbers of 64 bits, many of them next to each other, of every length, and beyond what a double can hold. */
const number = fc.oneof(
  fc.bigInt({ min: 0n, max: 12n }),
  fc.constantFrom(9n, 10n, 99n, 100n, 2n ** 53n, 2n ** 53n + 1n, 2n ** 53n + 2n, 2n ** 64n - 2n, 2n ** 64n - 1n),
  fc.bigInt({ min: 0n, max: 2n ** 64n - 1n }),
);
const id = fc.tuple(number, number).map(([ms, seq]) => `${ms}-${seq}`);

describe.each(backends)('on $name', ({ start }) => {
  let backend: Backend;
  let redis: Redis;
  beforeAll(async () => {
    backend = await start();
    redis = backend.connect();
  });
  afterAll(async () => {
    redis.disconnect();
    await backend.stop();
  });
  beforeEach(() => redis.flushall());

  /** A port with a client of the given prefix: an owner of its own. */
  const owner = (client = redis) => {
    const port = createPort(client);
    return {
      open: (...streams: string[]) => get(port.openCheckpoint({ checkpoint: 'reports', streams })),
      save: (positions: Record<string, string>, rewind = false) =>
        get(port.savePositions({ checkpoint: 'reports', positions: at(positions), rewind })),
    };
  };

  it('keeps what was saved, under the streams’ names, and tells it to whoever opens it next', async () => {
    const first = owner();
    expect(await first.open('a', 'b')).toEqual(new Map());
    expect(await first.save({ a: '5-0', b: '6-1' })).toBe('saved');
    const hash = await redis.hgetall('reports');
    expect(hash).toMatchObject({ a: '5-0', b: '6-1' });
    expect(Object.keys(hash)).toHaveLength(3);
    expect(hash['']).toBeTypeOf('string');
    expect(await owner().open('b', 'c')).toEqual(at({ b: '6-1' }));
  });

  it('is fenced: whoever opens it last owns it, and the one before cannot save any more', async () => {
    const [first, second] = [owner(), owner()];
    await first.open('a');
    await first.save({ a: '5-0' });
    await second.open('a');
    expect(await first.save({ a: '9-0' })).toBe('taken');
    expect(await first.save({ a: '0-0' }, true)).toBe('taken');
    expect(await second.save({ a: '6-0' })).toBe('saved');
    expect(await redis.hget('reports', 'a')).toBe('6-0');
    await first.open('a');
    expect(await first.save({ a: '7-0' })).toBe('saved');
    expect(await second.save({ a: '8-0' })).toBe('taken');
  });

  it('a hash that is gone is nobody else’s: it is made again, and told', async () => {
    const first = owner();
    await first.open('a', 'b');
    await first.save({ a: '5-0', b: '6-0' });
    await redis.del('reports');
    expect(await first.save({ a: '6-0' })).toBe('anew');
    expect(await first.save({ b: '6-0' })).toBe('saved');
    expect(await redis.hgetall('reports')).toMatchObject({ a: '6-0', b: '6-0' });
  });

  it('never moves back, whatever 64-bit ids are saved in whatever order; a rewind does', async () => {
    const me = owner();
    await me.open('a');
    await fc.assert(
      fc.asyncProperty(fc.array(id, { minLength: 1, maxLength: 12 }), async (ids) => {
        await redis.hdel('reports', 'a');
        let highest = '0-0';
        for (const each of ids) {
          expect(await me.save({ a: each })).toBe('saved');
          if (compareIds(each, highest) > 0) highest = each;
          expect(await redis.hget('reports', 'a')).toBe(highest);
        }
        const [last = '0-0'] = ids;
        expect(await me.save({ a: last }, true)).toBe('saved');
        expect(await redis.hget('reports', 'a')).toBe(last);
      }),
      { numRuns: 150 },
    );
  });

  it('a lower one of several streams is left out, and the others are saved', async () => {
    const me = owner();
    await me.open('a', 'b', 'c');
    await me.save({ a: '5-0', b: '5-0' });
    await me.save({ a: '4-9', b: '5-1', c: '1-0' });
    expect(await redis.hgetall('reports')).toMatchObject({ a: '5-0', b: '5-1', c: '1-0' });
  });

  it('what somebody wrote by hand is compared as the id it is, and junk is written over', async () => {
    const me = owner();
    await me.open('a');
    await redis.hset('reports', 'a', '0010-005', 'b', 'yesterday');
    await me.save({ a: '10-4', b: '1-0' });
    expect(await redis.hgetall('reports')).toMatchObject({ a: '0010-005', b: '1-0' });
    await me.save({ a: '10-6' });
    expect(await redis.hget('reports', 'a')).toBe('10-6');
  });

  it('keeps the count with the position', async () => {
    const port = createPort(redis);
    await get(port.openCheckpoint({ checkpoint: 'reports', streams: ['a'] }));
    const positions = new Map([['a', { id: '9-0', added: 42 }]]);
    await get(port.savePositions({ checkpoint: 'reports', positions, rewind: false }));
    await get(
      port.savePositions({ checkpoint: 'reports', positions: new Map([['a', { id: '8-0', added: 99 }]]), rewind: false }),
    );
    expect(await redis.hget('reports', 'a')).toBe('9-0 42');
    expect(await get(createPort(redis).openCheckpoint({ checkpoint: 'reports', streams: ['a'] }))).toEqual(positions);
  });

  it('the key has the prefix of the client, and the fields have none', async () => {
    const prefixed = backend.connect({ keyPrefix: 'app:' });
    const me = owner(prefixed);
    await me.open('a');
    await me.save({ a: '5-0' });
    expect(await redis.keys('*')).toEqual(['app:reports']);
    expect(await redis.hget('app:reports', 'a')).toBe('5-0');
    prefixed.disconnect();
  });

  it('a key that holds something else is refused, by both scripts', async () => {
    const me = owner();
    await redis.set('reports', 'text');
    await expect(me.open('a')).rejects.toThrow(/^WRONGTYPE/);
    await expect(me.save({ a: '1-0' })).rejects.toThrow(/^WRONGTYPE/);
    await redis.del('reports');
    await redis.xadd('reports', '1-0', 'f', 'v');
    await expect(me.open('a')).rejects.toThrow(/^WRONGTYPE/);
    await expect(me.save({ a: '1-0' })).rejects.toThrow(/^WRONGTYPE/);
  });

  it('a server that forgot the scripts gets them again', async () => {
    const me = owner();
    await me.open('a');
    await redis.script('FLUSH');
    expect(await me.save({ a: '5-0' })).toBe('saved');
    await redis.script('FLUSH');
    expect(await me.open('a')).toEqual(at({ a: '5-0' }));
  });

  it('tells what the server knows of a stream, trimmed and deleted', async () => {
    const port = createPort(redis);
    const info = () => get(port.streamInfo({ stream: 's' }));
    expect(await info()).toBeUndefined();
    for (let i = 1; i <= 6; i++) await redis.xadd('s', `${i}-0`, 'f', 'v');
    expect(await info()).toEqual({ lastGenerated: '6-0', maxDeleted: '0-0', added: 6, length: 6, first: '1-0' });
    await redis.xtrim('s', 'MAXLEN', 4);
    expect(await info()).toEqual({ lastGenerated: '6-0', maxDeleted: '0-0', added: 6, length: 4, first: '3-0' });
    await redis.xdel('s', '4-0');
    expect(await info()).toEqual({ lastGenerated: '6-0', maxDeleted: '4-0', added: 6, length: 3, first: '3-0' });
    await redis.xtrim('s', 'MAXLEN', 0);
    expect(await info()).toEqual({ lastGenerated: '6-0', maxDeleted: '4-0', added: 6, length: 0, first: undefined });
  });
});
