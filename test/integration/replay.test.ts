/** Dead letters that are put back to where they came from. */
import type { Redis } from 'ioredis';
import { lastValueFrom, toArray } from 'rxjs';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { ackAfter, fromGroup, redeliver, replayDeadLetters, untilDrained, whenIdle } from '../../src/index.js';
import { backends, type Backend } from '../support/backends.js';

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

  const group = (streams: string | string[]) =>
    fromGroup(redis, { streams, group: 'g', consumer: 'me', autoCreate: { from: '0' } }).pipe(
      untilDrained(),
      redeliver({ deadLetter: 'dead' }),
    );
  /** Everything in these streams dies. */
  async function die(...streams: string[]): Promise<void> {
    await lastValueFrom(
      group(streams).pipe(
        ackAfter(
          () => {
            throw new Error('poison');
          },
          { onError: 'reject' },
        ),
        toArray(),
      ),
    );
  }
  async function fields(stream: string): Promise<string[][]> {
    return (await redis.xrange(stream, '-', '+')).map(([, flat]) => flat);
  }

  it('counts without touching anything, unless it is told otherwise', async () => {
    await redis.xadd('a', '*', 'n', '1');
    await redis.xadd('b', '*', 'n', '2');
    await redis.xadd('b', '*', 'n', '3');
    await die('a', 'b');
    const before = await redis.xrange('dead', '-', '+');
    expect(before).toHaveLength(3);
    const counts = await replayDeadLetters(redis, { from: 'dead' });
    expect(counts).toEqual({ dryRun: true, found: 3, replayed: 0, foreign: 0, streams: { a: 1, b: 2 } });
    expect(await redis.xrange('dead', '-', '+')).toEqual(before);
    expect([await redis.xlen('a'), await redis.xlen('b')]).toEqual([1, 2]);
  });

  it('puts each back with the fields it had, and they are delivered as new entries', async () => {
    await redis.xadd('a', '*', 'n', '1', 'n', 'again', '__proto__', '');
    await redis.xadd('b', '*', 'n', '2');
    await die('a', 'b');
    const counts = await replayDeadLetters(redis, { from: 'dead', dryRun: false });
    expect(counts).toEqual({ dryRun: false, found: 2, replayed: 2, foreign: 0, streams: { a: 1, b: 1 } });
    expect(await redis.xlen('dead')).toBe(0);
    expect((await fields('a')).at(-1)).toEqual(['n', '1', 'n', 'again', '__proto__', '']);
    const seen = await lastValueFrom(
      group(['a', 'b']).pipe(
        ackAfter((delivery) => `${delivery.stream} ${delivery.fields['n']} ${delivery.attempt} ${delivery.origin}`),
        toArray(),
      ),
    );
    expect(seen.toSorted()).toEqual(['a again 1 fresh', 'b 2 1 fresh']);
  });

  it('in the order they died in, page after page, and only those that were there when it began', async () => {
    const pipeline = redis.pipeline();
    for (let n = 0; n < 250; n++) pipeline.xadd('s', '*', 'n', n);
    await pipeline.exec();
    await die('s');
    await redis.del('s');
    const counts = await replayDeadLetters(redis, { from: 'dead', dryRun: false });
    expect(counts).toMatchObject({ found: 250, replayed: 250 });
    expect(await fields('s')).toEqual(Array.from({ length: 250 }, (_, n) => ['n', String(n)]));
    expect(await replayDeadLetters(redis, { from: 'dead', dryRun: false })).toMatchObject({ found: 0, replayed: 0, streams: {} });
  });

  it('to another stream, when that is asked for', async () => {
    await redis.xadd('a', '*', 'n', '1');
    await die('a');
    const counts = await replayDeadLetters(redis, { from: 'dead', to: 'later', dryRun: false });
    expect(counts).toMatchObject({ replayed: 1, streams: { later: 1 } });
    expect(await fields('later')).toEqual([['n', '1']]);
    expect(await redis.xlen('a')).toBe(1);
  });

  it('leaves entries that are no dead letters of ours where they are', async () => {
    await redis.xadd('dead', '*', 'somebody', 'else');
    await redis.xadd('dead', '*', 'dead-letter.stream', 'a');
    await redis.xadd('a', '*', 'n', '1');
    await die('a');
    const counts = await replayDeadLetters(redis, { from: 'dead', dryRun: false });
    expect(counts).toEqual({ dryRun: false, found: 1, replayed: 1, foreign: 2, streams: { a: 1 } });
    expect(await fields('dead')).toEqual([
      ['somebody', 'else'],
      ['dead-letter.stream', 'a'],
    ]);
  });

  it('two at once put nothing back twice', async () => {
    for (let n = 0; n < 20; n++) await redis.xadd('a', '*', 'n', n);
    await die('a');
    const both = await Promise.all([1, 2].map(() => replayDeadLetters(redis, { from: 'dead', dryRun: false })));
    expect(both.reduce((sum, { replayed }) => sum + replayed, 0)).toBe(20);
    expect(await redis.xlen('a')).toBe(40);
    expect(await redis.xlen('dead')).toBe(0);
  });

  it('a letter that cannot be put back stays, and the error says why', async () => {
    await redis.xadd('a', '*', 'n', '1');
    await die('a');
    await redis.del('a');
    await redis.set('a', 'no stream');
    await expect(replayDeadLetters(redis, { from: 'dead', dryRun: false })).rejects.toMatchObject({
      name: 'StreamsError',
      code: 'WRONG_TYPE',
      message: expect.stringContaining("could not replay dead letters (stream 'dead')") as string,
    });
    expect(await redis.xlen('dead')).toBe(1);
  });

  it('without such a stream there is nothing to put back; with a closed client the error CLIENT_ENDED', async () => {
    expect(await replayDeadLetters(redis, { from: 'missing', dryRun: false })).toMatchObject({ found: 0, replayed: 0 });
    const closed = backend.connect();
    await closed.quit();
    await expect(replayDeadLetters(closed, { from: 'dead' })).rejects.toMatchObject({ code: 'CLIENT_ENDED' });
  });
});
