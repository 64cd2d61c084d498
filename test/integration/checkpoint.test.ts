/** `checkpoint`: where it begins, what it keeps, and how it goes on. */
import type { Redis } from 'ioredis';
import { concatMap, firstValueFrom, lastValueFrom, repeat, take, toArray } from 'rxjs';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import {
  ackAfter,
  ackUnless,
  fromStreams,
  untilDrained,
  whenIdle,
  type CheckpointStore,
  type HeldEntry,
  type Notice,
  type Positions,
} from '../../src/index.js';
import { backends, connections, type Backend } from '../support/backends.js';
import { eventually } from '../support/eventually.js';

describe.each(backends)('on $name', ({ start }) => {
  let backend: Backend;
  let redis: Redis;

  beforeAll(async () => {
    backend = await start();
  });
  afterAll(() => backend.stop());
  beforeEach(async () => {
    redis = backend.connect();
    await redis.flushall();
  });
  afterEach(async () => {
    await whenIdle(redis);
    await eventually(async () => (await connections(redis)) === 1, 'no connection of ours is left');
    await redis.quit();
  });

  async function fill(from: number, to: number, stream = 's'): Promise<void> {
    for (let i = from; i <= to; i++) await redis.xadd(stream, `${i}-0`, 'n', i);
  }
  const position = async (stream = 's'): Promise<string | undefined> => (await redis.hget('reports', stream))?.split(' ')[0];
  const options = { streams: { s: '0' }, checkpoint: 'reports', until: 'drained' } as const;
  const idOf = ({ id }: HeldEntry): string => id;

  it('goes on where the one before stopped, in a process that knows nothing of it', async () => {
    await fill(1, 5);
    const source = fromStreams(redis, options).pipe(ackAfter(idOf), toArray());
    expect(await lastValueFrom(source)).toEqual(['1-0', '2-0', '3-0', '4-0', '5-0']);
    expect(await position()).toBe('5-0');
    await fill(6, 7);
    const other = backend.connect();
    expect(await lastValueFrom(fromStreams(other, options).pipe(ackAfter(idOf), toArray()))).toEqual(['6-0', '7-0']);
    expect(await position()).toBe('7-0');
    await whenIdle(other);
    await other.quit();
  });

  it('a stage completes when its positions are saved: take() and firstValueFrom lose none', async () => {
    await fill(1, 9);
    await lastValueFrom(fromStreams(redis, { ...options, until: 'never' }).pipe(ackAfter(idOf), take(3)));
    await whenIdle(redis);
    expect(await position()).toBe('3-0');
    expect(await firstValueFrom(fromStreams(redis, options).pipe(ackAfter(idOf)))).toBe('4-0');
    await whenIdle(redis);
    expect(await position()).toBe('4-0');
  });

  it('a crash before the first save begins at the same end: $ is stored before the first read', async () => {
    await fill(1, 2);
    const told: Notice[] = [];
    const live = { streams: 's', checkpoint: 'reports', notify: (notice: Notice) => told.push(notice) };
    const entries: HeldEntry[] = [];
    const first = fromStreams(redis, live).subscribe((entry) => entries.push(entry));
    await eventually(() => told.some(({ type }) => type === 'joined'), 'joined');
    await fill(3, 4);
    await eventually(() => entries.length === 2, 'two came, and nobody acks them');
    first.unsubscribe();
    await whenIdle(redis);
    expect(await lastValueFrom(fromStreams(redis, { ...options, streams: 's' }).pipe(ackAfter(idOf), toArray()))).toEqual([
      '3-0',
      '4-0',
    ]);
  });

  it('what is dropped counts as settled, and ack() resolves when the position is saved', async () => {
    await fill(1, 6);
    const seen: (string | undefined)[] = [];
    await lastValueFrom(
      fromStreams(redis, options).pipe(
        ackUnless(({ fields }) => Number(fields['n']) % 2 === 0),
        concatMap(async (entry) => {
          await entry.ack();
          seen.push(await position());
        }),
      ),
    );
    expect(seen).toEqual(['3-0', '5-0', '6-0']); // what was dropped above is settled already
  });

  it('the first ack() resolves at once where an earlier entry is open, and the position stands below that one', async () => {
    await fill(1, 3);
    const entries = await lastValueFrom(fromStreams(redis, options).pipe(toArray()));
    await entries[2]?.ack();
    await whenIdle(redis);
    expect(await position()).toBe('0-0');
    // Late: it is saved at once.
    await entries[0]?.ack();
    expect(await position()).toBe('1-0');
    await entries[1]?.ack();
    expect(await position()).toBe('3-0');
  });

  it('several streams, each with its own position; one that is new begins where it says', async () => {
    await fill(1, 2, 'a');
    await fill(1, 3, 'b');
    const read = async (streams: Record<string, string>) =>
      (
        await lastValueFrom(
          fromStreams(redis, { ...options, streams }).pipe(
            ackAfter(({ stream, id }) => `${stream} ${id}`),
            toArray(),
          ),
        )
      ).toSorted();
    expect(await read({ a: '0', b: '2' })).toEqual(['a 1-0', 'a 2-0', 'b 3-0']);
    await fill(3, 3, 'a');
    await fill(1, 1, 'c');
    expect(await read({ a: '0', b: '0', c: '0' })).toEqual(['a 3-0', 'c 1-0']);
    expect([await position('a'), await position('b'), await position('c')]).toEqual(['3-0', '3-0', '1-0']);
  });

  it('what is nacked holds the position, the stage still completes, and the next subscription begins with it', async () => {
    await fill(1, 6);
    const told: Notice[] = [];
    const run = (failing?: string) =>
      lastValueFrom(
        fromStreams(redis, { ...options, notify: (notice) => told.push(notice) }).pipe(
          ackAfter(
            ({ id }) => {
              if (id === failing) throw new Error('not now');
              return id;
            },
            { onError: 'nack', concurrency: 8 },
          ),
          toArray(),
        ),
      );
    expect(await run('3-0')).toEqual(['1-0', '2-0', '4-0', '5-0', '6-0']);
    expect(told.filter(({ type }) => type === 'held-back')).toEqual([{ type: 'held-back', stream: 's', id: '3-0' }]);
    expect(await position()).toBe('2-0');
    expect(await run()).toEqual(['3-0', '4-0', '5-0', '6-0']);
    expect(await position()).toBe('6-0');
  });

  it('repeat() waits until the one before has saved, and nothing comes twice', async () => {
    await fill(1, 40);
    const seen = await lastValueFrom(
      fromStreams(redis, { ...options, until: 'never', bufferSize: 5 }).pipe(ackAfter(idOf), take(10), repeat(4), toArray()),
    );
    expect(seen).toEqual(Array.from({ length: 40 }, (_, i) => `${i + 1}-0`));
  });

  it('trimmed away meanwhile: told with the gap and how many, and reading goes on at the first entry there is', async () => {
    await fill(1, 4);
    await lastValueFrom(fromStreams(redis, options).pipe(ackAfter(idOf)));
    await fill(5, 10);
    await redis.xtrim('s', 'MAXLEN', 2);
    const told: Notice[] = [];
    const notify = (notice: Notice): void => void told.push(notice);
    const seen = await lastValueFrom(fromStreams(redis, { ...options, notify }).pipe(ackAfter(idOf), toArray()));
    expect(seen).toEqual(['9-0', '10-0']);
    expect(told[0]).toEqual({ type: 'gap', stream: 's', from: '4-0', to: '9-0', entries: 4 });
    // The position itself is trimmed away, and nothing behind it: no gap.
    await fill(11, 12);
    await redis.xtrim('s', 'MAXLEN', 2);
    told.length = 0;
    expect(await lastValueFrom(fromStreams(redis, { ...options, notify }).pipe(ackAfter(idOf), toArray()))).toEqual([
      '11-0',
      '12-0',
    ]);
    expect(told.map(({ type }) => type)).not.toContain('gap');
  });

  it('a stream that was deleted and has smaller ids now is read from its beginning, and the position goes on from there', async () => {
    await fill(50, 55);
    await lastValueFrom(fromStreams(redis, options).pipe(ackAfter(idOf)));
    await redis.del('s');
    await fill(1, 3);
    const told: Notice[] = [];
    const notify = (notice: Notice): void => void told.push(notice);
    const read = () => lastValueFrom(fromStreams(redis, { ...options, notify }).pipe(ackAfter(idOf), toArray()));
    expect(await read()).toEqual(['1-0', '2-0', '3-0']);
    expect(told[0]).toEqual({ type: 'rewound', stream: 's', from: '55-0', lastGenerated: '3-0' });
    expect(await position()).toBe('3-0');
    await fill(4, 4);
    told.length = 0;
    expect(await read()).toEqual(['4-0']);
    expect(told.map(({ type }) => type)).not.toContain('rewound');
  });

  it('made anew while it is read: the position goes back, and on from there', async () => {
    await fill(50, 52);
    const told: Notice[] = [];
    const seen: string[] = [];
    const live = { ...options, until: 'never', timeout: 50, notify: (notice: Notice) => void told.push(notice) } as const;
    const running = fromStreams(redis, live)
      .pipe(ackAfter(({ id }) => seen.push(id)))
      .subscribe();
    await eventually(async () => (await position()) === '52-0', 'all is saved');
    await redis.del('s');
    await eventually(async () => (await position()) === '0-0', 'back at the beginning');
    await fill(1, 3);
    await eventually(async () => (await position()) === '3-0', 'and on from there');
    running.unsubscribe();
    await whenIdle(redis);
    expect(seen).toEqual(['50-0', '51-0', '52-0', '1-0', '2-0', '3-0']);
    expect(told).toContainEqual({ type: 'restarted', stream: 's', read: '52-0', last: undefined });
    await fill(60, 60);
    expect(await lastValueFrom(fromStreams(redis, options).pipe(ackAfter(idOf), toArray()))).toEqual(['60-0']);
  });

  it('applies the keyPrefix to the hash and to the stream', async () => {
    const prefixed = backend.connect({ keyPrefix: 'app:' });
    await fill(1, 2, 'app:s');
    expect(await lastValueFrom(fromStreams(prefixed, options).pipe(ackAfter(idOf), toArray()))).toEqual(['1-0', '2-0']);
    expect((await redis.keys('*')).toSorted()).toEqual(['app:reports', 'app:s']);
    expect(await redis.hget('app:reports', 's')).toBe('2-0 2');
    await whenIdle(prefixed);
    await prefixed.quit();
  });

  it('any store fits: one write on its way, and what was settled meanwhile in the next', async () => {
    await fill(1, 100);
    let kept: Positions = {};
    let writing = 0;
    let most = 0;
    const writes: string[] = [];
    const store: CheckpointStore = {
      load: async (streams) => {
        expect(streams).toEqual(['s']);
        return kept;
      },
      save: async (positions) => {
        most = Math.max(most, ++writing);
        await new Promise((resolve) => setTimeout(resolve, 5));
        kept = { ...kept, ...positions };
        writes.push(positions['s'] ?? '');
        writing -= 1;
      },
    };
    const source = fromStreams(redis, { ...options, checkpoint: store });
    await lastValueFrom(source.pipe(ackAfter(idOf, { concurrency: 8 }), take(60)));
    await whenIdle(redis);
    expect(kept['s']).toBe('60-0');
    expect(most).toBe(1);
    expect(writes.length).toBeLessThan(30);
    expect(await redis.keys('*')).toEqual(['s']);
    expect((await lastValueFrom(source.pipe(ackAfter(idOf), toArray())))[0]).toBe('61-0');
    expect(kept['s']).toBe('100-0');
  });

  it('a store that says no: CHECKPOINT_REFUSED, and false: CHECKPOINT_TAKEN', async () => {
    await fill(1, 5);
    const run = (store: Partial<CheckpointStore>) =>
      lastValueFrom(
        fromStreams(redis, {
          ...options,
          checkpoint: { load: () => undefined, save: () => undefined, ...store },
        }).pipe(ackAfter(idOf)),
      );
    const cause = new Error('disk full');
    const silent = expect.not.stringContaining('disk full') as string;
    const full = (): never => {
      throw cause;
    };
    await expect(run({ load: full })).rejects.toMatchObject({ code: 'CHECKPOINT_REFUSED', cause });
    await expect(run({ save: full })).rejects.toMatchObject({ code: 'CHECKPOINT_REFUSED', cause, message: silent });
    const later = ({ s = '' }: Positions): Promise<void> => (s === '0-0' ? Promise.resolve() : Promise.reject(cause));
    await expect(run({ save: later })).rejects.toMatchObject({
      code: 'CHECKPOINT_REFUSED',
      unconfirmed: [{ stream: 's', ids: [expect.any(String)] }],
    });
    await expect(run({ save: ({ s }) => s === '0-0' })).rejects.toMatchObject({ code: 'CHECKPOINT_TAKEN' });
  });

  it('two refiners and a with(): the checkpoint stays', async () => {
    await fill(1, 3);
    const source = fromStreams(redis, { streams: { s: '0' }, checkpoint: 'reports' })
      .pipe(untilDrained())
      .with({ bufferSize: 1 });
    expect(await lastValueFrom(source.pipe(ackAfter(idOf), toArray()))).toEqual(['1-0', '2-0', '3-0']);
    expect(await position()).toBe('3-0');
  });
});
