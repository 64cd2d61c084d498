/** Entries that somebody left behind: claims, the leases that keep what is held from being claimed, and what a lost lease means. */
import type { Redis } from 'ioredis';
import { lastValueFrom, toArray } from 'rxjs';
import { setTimeout as sleep } from 'node:timers/promises';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { ackAfter, claimIdle, fromGroup, untilDrained, whenIdle, type Delivery, type Notice } from '../../src/index.js';
import { backends, type Backend } from '../support/backends.js';
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

  async function filled(n: number): Promise<string[]> {
    await redis.xgroup('CREATE', 's', 'g', '0', 'MKSTREAM');
    const ids: string[] = [];
    for (let i = 0; i < n; i++) ids.push(String(await redis.xadd('s', '*', 'n', i)));
    return ids;
  }
  /** Somebody who reads and dies. */
  async function leftBy(consumer: string, n: number): Promise<string[]> {
    const reply = (await redis.xreadgroup('GROUP', 'g', consumer, 'COUNT', n, 'STREAMS', 's', '>')) as [string, [string][]][];
    return reply[0]?.[1].map(([id]) => id) ?? [];
  }
  /** Makes them idle for so long. */
  async function aged(consumer: string, ids: readonly string[], idle: number): Promise<void> {
    for (const id of ids) await redis.call('XCLAIM', 's', 'g', consumer, '0', id, 'IDLE', idle, 'RETRYCOUNT', 1, 'JUSTID');
  }
  async function pending(): Promise<[id: string, consumer: string, count: number][]> {
    const rows = (await redis.xpending('s', 'g', '-', '+', 1_000)) as [string, string, number, number][];
    return rows.map(([id, consumer, , count]) => [id, consumer, count]);
  }

  it('adopts what nobody has touched for minIdle, counted by Redis, and leaves the rest where it is', async () => {
    await filled(4);
    const [a, b, c = '', d] = await leftBy('dead', 4);
    await aged('dead', [a ?? '', b ?? ''], 60_000);
    await redis.call('XCLAIM', 's', 'g', 'dead', '0', d ?? '', 'IDLE', 60_000, 'RETRYCOUNT', 4, 'JUSTID');
    const source = fromGroup(redis, { streams: 's', group: 'g', consumer: 'me', notify });
    const came = await lastValueFrom(
      source.pipe(
        claimIdle({ minIdle: 30_000 }),
        untilDrained(),
        ackAfter(({ id, origin, attempt }) => [id, origin, attempt] as const),
        toArray(),
      ),
    );
    expect(came).toEqual([
      [a, 'claimed', 2],
      [b, 'claimed', 2],
      [d, 'claimed', 5],
    ]);
    expect(await pending()).toEqual([[c, 'dead', 1]]);
    expect(of('claimed')).toEqual([{ type: 'claimed', stream: 's', ids: [a, b, d] }]);
  });

  it.each([1, 2])(
    'what is no longer in the stream leaves the pending list and is told once, by %i consumers',
    async (consumers) => {
      const ids = await filled(6);
      await leftBy('dead', 6);
      await aged('dead', ids, 60_000);
      await redis.xdel('s', ids[0] ?? '', ids[3] ?? '');
      const work = Array.from({ length: consumers }, (_, i) =>
        lastValueFrom(
          fromGroup(redis, { streams: 's', group: 'g', consumer: `c${i}`, bufferSize: 4, notify }).pipe(
            claimIdle({ minIdle: 30_000 }),
            untilDrained(),
            ackAfter(({ id }) => id),
            toArray(),
          ),
        ),
      );
      const came = (await Promise.all(work)).flat();
      expect(came.toSorted()).toEqual(ids.filter((_, i) => i !== 0 && i !== 3));
      expect(await pending()).toEqual([]);
      expect(
        of('gone')
          .flatMap(({ ids }) => ids)
          .toSorted(),
      ).toEqual([ids[0], ids[3]]);
    },
  );

  it('one that was done and deleted by its consumer while we looked is none that is gone', async () => {
    const [id = ''] = await filled(1);
    await leftBy('slow', 1);
    await aged('slow', [id], 60_000);
    const call = redis.call.bind(redis) as (name: string, ...args: unknown[]) => Promise<unknown>;
    let looks = 0;
    Object.assign(redis, {
      call: async (name: string, ...args: unknown[]) => {
        const reply = await call(name, ...args);
        if (name === 'XPENDING' && looks++ === 0) {
          await redis.xack('s', 'g', id);
          await redis.xdel('s', id);
        }
        return reply;
      },
    });
    const source = fromGroup(redis, { streams: 's', group: 'g', consumer: 'me', notify });
    expect(await lastValueFrom(source.pipe(claimIdle({ minIdle: 30_000 }), untilDrained(), toArray()))).toEqual([]);
    expect([looks, of('gone'), of('claimed')]).toEqual([1, [], []]);
  });

  it('finds 50 stale entries behind 10,000 fresh ones, in pages of the window', async () => {
    await redis.xgroup('CREATE', 's', 'g', '0', 'MKSTREAM');
    for (let page = 0; page < 20; page++) {
      const pipeline = redis.pipeline();
      for (let i = 0; i < 500; i++) pipeline.xadd('s', '*', 'n', i);
      await pipeline.exec();
    }
    await leftBy('alive', 10_000);
    const stale: string[] = [];
    for (let i = 0; i < 50; i++) stale.push(String(await redis.xadd('s', '*', 'stale', i)));
    await leftBy('dead', 50);
    await aged('dead', stale, 60_000);
    const source = fromGroup(redis, { streams: 's', group: 'g', consumer: 'me', bufferSize: 8 });
    const came = await lastValueFrom(
      source.pipe(
        claimIdle({ minIdle: 30_000 }),
        untilDrained(),
        ackAfter(({ id }) => id),
        toArray(),
      ),
    );
    expect(came).toEqual(stale);
  });

  it('goes on looking every so often, while a read is blocked and while fresh entries keep the window full', async () => {
    await filled(1);
    const [a = ''] = await leftBy('dead', 1);
    const lease = { renewEvery: 100 };
    const seen: string[] = [];
    const source = fromGroup(redis, { streams: 's', group: 'g', consumer: 'me', lease, timeout: 60_000, bufferSize: 4 });
    const running = source
      .pipe(
        claimIdle({ minIdle: 300, every: 100 }),
        ackAfter(async ({ id, origin }) => {
          seen.push(`${origin} ${id}`);
          await sleep(5);
        }),
      )
      .subscribe();
    await eventually(() => seen.includes(`claimed ${a}`), 'it is claimed while the read is blocked');
    // Now the window is never empty.
    let adding = true;
    const producer = (async () => {
      while (adding) await Promise.all(Array.from({ length: 20 }, () => redis.xadd('s', '*', 'n', 'fresh')));
    })();
    await eventually(() => seen.length > 40, 'fresh entries come');
    const b = String(await redis.xadd('s', '*', 'n', 'left'));
    await redis.call('XCLAIM', 's', 'g', 'dead', '0', b, 'FORCE', 'IDLE', 60_000, 'JUSTID');
    await eventually(() => seen.includes(`claimed ${b}`), 'it is claimed although fresh entries wait');
    adding = false;
    await producer;
    running.unsubscribe();
  });

  it('a project ten times longer than minIdle, with two consumers: it runs once', async () => {
    await filled(3);
    const runs: string[] = [];
    const lease = { renewEvery: 50 };
    const worker = (consumer: string) =>
      fromGroup(redis, { streams: 's', group: 'g', consumer, lease, bufferSize: 3, notify })
        .pipe(
          claimIdle({ minIdle: 150, every: 50 }),
          // One runs, two wait in the window: they are renewed as well.
          ackAfter(async ({ id }) => {
            runs.push(id);
            await sleep(runs.length === 1 ? 1_500 : 10);
          }),
        )
        .subscribe();
    const one = worker('one');
    await eventually(() => runs.length === 1, 'the first has begun');
    const other = backend.connect();
    const two = fromGroup(other, { streams: 's', group: 'g', consumer: 'two', lease })
      .pipe(
        claimIdle({ minIdle: 150, every: 50 }),
        ackAfter(({ id }) => runs.push(`${id} again`)),
      )
      .subscribe();
    await eventually(async () => (await pending()).length === 0, 'all are done', { within: 10_000 });
    expect(runs).toHaveLength(3);
    expect(new Set(runs).size).toBe(3);
    expect(of('lease-lost')).toEqual([]);
    one.unsubscribe();
    two.unsubscribe();
    await whenIdle(other);
    await other.quit();
  });

  it('renewing raises no count, and asks once per stream and tick however many are held', async () => {
    await filled(60);
    const lease = { renewEvery: 60 };
    const renewals: number[] = [];
    const call = redis.call.bind(redis) as (name: string, ...args: unknown[]) => Promise<unknown>;
    Object.assign(redis, {
      call: (name: string, args: unknown[], ...more: unknown[]) => {
        if (name.startsWith('EVAL') && Array.isArray(args)) renewals.push(args.length - 5);
        return call(name, args, ...more);
      },
    });
    const held: Delivery[] = [];
    const running = fromGroup(redis, { streams: 's', group: 'g', consumer: 'me', lease }).subscribe((each) => held.push(each));
    await eventually(() => renewals.filter((n) => n === 60).length >= 2, 'all of them are renewed, twice');
    expect((await pending()).every(([, , count]) => count === 1)).toBe(true);
    const rows = (await redis.xpending('s', 'g', '-', '+', 100)) as [string, string, number, number][];
    expect(Math.max(...rows.map(([, , idle]) => idle))).toBeLessThan(60_000);
    await Promise.all(held.map((each) => each.ack()));
    running.unsubscribe();
  });

  it('a lease that is lost all the same: the signal fires, a later ack is refused and told, and the new owner keeps the entry', async () => {
    const [a = ''] = await filled(1);
    const lease = { renewEvery: 40 };
    const source = fromGroup(redis, { streams: 's', group: 'g', consumer: 'me', lease, notify });
    const came: Delivery[] = [];
    const running = source.subscribe((each) => came.push(each));
    await eventually(() => came.length === 1, 'it comes');
    const [delivery] = came as [Delivery];
    expect(delivery.signal.aborted).toBe(false);
    await redis.call('XCLAIM', 's', 'g', 'thief', '0', a);
    await eventually(() => delivery.signal.aborted, 'the signal fires');
    expect(delivery.signal.reason).toMatchObject({ code: 'LEASE_LOST' });
    await expect(delivery.ack()).rejects.toMatchObject({ code: 'LEASE_LOST', unconfirmed: [{ stream: 's', ids: [a] }] });
    expect(of('lease-lost')).toEqual([{ type: 'lease-lost', stream: 's', ids: [a] }]);
    expect(of('ack-refused').map(({ error }) => error.code)).toEqual(['LEASE_LOST']);
    expect(await pending()).toEqual([[a, 'thief', 2]]);
    // Reading goes on: one entry in other hands is no reason to end.
    await redis.xadd('s', '*', 'n', 'next');
    await eventually(() => came.length === 2, 'the next one comes');
    await came[1]?.ack();
    running.unsubscribe();
  });

  it('a stage goes on after a lost lease, and does not ack for the new owner', async () => {
    const [a = ''] = await filled(1);
    const done: string[] = [];
    const running = fromGroup(redis, { streams: 's', group: 'g', consumer: 'me', lease: { renewEvery: 40 }, notify })
      .pipe(
        ackAfter(async ({ id, signal }) => {
          if (id === a) await new Promise((resolve) => signal.addEventListener('abort', resolve));
          done.push(id);
        }),
      )
      .subscribe();
    await eventually(async () => (await pending()).length === 1, 'it is ours');
    await redis.call('XCLAIM', 's', 'g', 'thief', '0', a);
    const b = String(await redis.xadd('s', '*', 'n', 'next'));
    await eventually(() => done.length === 2, 'both are worked on');
    expect(done).toEqual([a, b]);
    await eventually(async () => (await pending()).length === 1, 'the second is acked');
    expect(await pending()).toEqual([[a, 'thief', 2]]);
    running.unsubscribe();
  });

  it('an entry that is trimmed while it is held keeps its signal: nobody else can have it', async () => {
    const [a = ''] = await filled(1);
    const source = fromGroup(redis, { streams: 's', group: 'g', consumer: 'me', lease: { renewEvery: 30 }, notify });
    const came: Delivery[] = [];
    const subscription = source.subscribe((each) => came.push(each));
    await eventually(() => came.length === 1, 'it comes');
    const [delivery] = came as [Delivery];
    await redis.xdel('s', a);
    await sleep(200); // several ticks
    expect(delivery.signal.aborted).toBe(false);
    await delivery.ack();
    expect(of('lease-lost')).toEqual([]);
    subscription.unsubscribe();
  });

  it('two consumers of one process never claim from each other, even when everything stood still', async () => {
    const ids = await filled(6);
    const runs: string[] = [];
    const lease = { renewEvery: 50 };
    const worker = (consumer: string, at: number) =>
      fromGroup(redis, { streams: 's', group: 'g', consumer, lease, bufferSize: 3, notify })
        .pipe(
          claimIdle({ minIdle: 150, every: 40 }),
          ackAfter(
            async ({ id }) => {
              runs.push(id);
              await sleep(at);
            },
            { concurrency: 3 },
          ),
        )
        .subscribe();
    const both = [worker('one', 900), worker('two', 900)];
    await eventually(() => runs.length === 6, 'all run');
    const until = performance.now() + 400; // the whole process is stuck: no lease is renewed, and then every timer is due at once
    while (performance.now() < until);
    await eventually(async () => (await pending()).length === 0, 'all are done', { within: 10_000 });
    expect(runs.toSorted()).toEqual(ids);
    for (const each of both) each.unsubscribe();
  });
});
