import type { Redis } from 'ioredis';
import { bufferCount, count, delay, filter, lastValueFrom, of, take, tap, timer } from 'rxjs';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import {
  ackAfter,
  ackUnless,
  bufferRefill,
  fromGroup,
  fromStreams,
  untilDrained,
  whenIdle,
  type Delivery,
  type GroupOptions,
  type Notice,
} from '../../src/index.js';
import { backends, type Backend } from '../support/backends.js';
import { eventually } from '../support/eventually.js';

describe.each(backends)('on $name', ({ start }) => {
  let backend: Backend;
  let redis: Redis;
  let watcher: Redis;

  beforeAll(async () => {
    backend = await start();
  });
  afterAll(() => backend.stop());
  beforeEach(async () => {
    redis = backend.connect();
    watcher = backend.connect();
    await watcher.flushall();
  });
  afterEach(async () => {
    await whenIdle(redis);
    await redis.quit();
    await watcher.quit();
  });

  async function add(stream: string, entries: number): Promise<void> {
    const pipeline = watcher.pipeline();
    for (let i = 0; i < entries; i++) pipeline.xadd(stream, '*', 'n', String(i));
    await pipeline.exec();
  }

  async function pendingOf(...streams: string[]): Promise<number> {
    const all = await Promise.all(streams.map((stream) => watcher.xpending(stream, 'g') as Promise<[number]>));
    return all.reduce((sum, [pending]) => sum + pending, 0);
  }

  const group = (patch: Partial<GroupOptions> = {}): GroupOptions => ({
    streams: 's',
    group: 'g',
    consumer: 'c',
    autoCreate: { from: '0' },
    bufferSize: 20,
    refillAt: 8,
    timeout: 200,
    ...patch,
  });

  /** Asks for n entries together, then settles them. */
  const bulk = (n: number, seen: number[]) =>
    [bufferCount<Delivery>(n), ackAfter((deliveries: Delivery[]) => void seen.push(deliveries.length))] as const;

  describe('in a window of 4,000 the next read leaves before a full reply is handed on', () => {
    const wide = { bufferSize: 4_000, refillAt: 2_000 };
    const numbers = Array.from({ length: 9_000 }, (_, i) => i);

    it('a worker gets every entry once, in order, and leaves none pending', async () => {
      await add('s', numbers.length);
      const seen: number[] = [];
      const worked = fromGroup(redis, group(wide)).pipe(
        untilDrained(),
        ackAfter(({ fields }) => void seen.push(Number(fields['n']))),
      );
      await lastValueFrom(worked);
      expect(seen).toEqual(numbers);
      expect(await pendingOf('s')).toBe(0);
    });

    it('a reader, too', async () => {
      await add('s', numbers.length);
      const seen: number[] = [];
      const source = fromStreams(redis, { streams: { s: '0' }, ...wide }).pipe(untilDrained());
      await source.forEach(({ fields }) => void seen.push(Number(fields['n'])));
      expect(seen).toEqual(numbers);
    });

    it('who leaves amid it has the rest of both replies given back, for the next one', async () => {
      await add('s', numbers.length);
      const seen: number[] = [];
      const work = ackAfter(({ fields }: Delivery) => void seen.push(Number(fields['n'])));
      await lastValueFrom(fromGroup(redis, group(wide)).pipe(take(3_000), work));
      await whenIdle(redis);
      await lastValueFrom(fromGroup(redis, group(wide)).pipe(untilDrained(), work));
      expect(seen.toSorted((a, b) => a - b)).toEqual(numbers);
      expect(await pendingOf('s')).toBe(0);
    });
  });

  describe('refillAt may delay a refill and never prevents one', () => {
    for (const n of [1, 10, 20]) {
      it(`drains with bufferCount(${n}) in a window of 20, refilled at 8`, async () => {
        await add('s', 100);
        const seen: number[] = [];
        await lastValueFrom(fromGroup(redis, group()).pipe(untilDrained(), ...bulk(n, seen)));
        expect(seen.reduce((sum, each) => sum + each, 0)).toBe(100);
        expect(await pendingOf('s')).toBe(0);
      });

      it(`reads live with bufferCount(${n}) in a window of 20, refilled at 8`, async () => {
        await add('s', 60);
        const seen: number[] = [];
        const subscription = fromGroup(redis, group())
          .pipe(...bulk(n, seen))
          .subscribe();
        await eventually(async () => (await pendingOf('s')) === 0 && seen.length === 60 / n, `60 entries in bulks of ${n}`);
        await add('s', 40);
        await eventually(async () => (await pendingOf('s')) === 0 && seen.length === 100 / n, `40 more in bulks of ${n}`);
        subscription.unsubscribe();
      });
    }
  });

  describe('a window that nobody empties', () => {
    it('tells and warns when a pipeline needs more entries together than it holds', async () => {
      await add('s', 100);
      const notices: Notice[] = [];
      const warnings: Error[] = [];
      const onWarning = (warning: Error): void => void warnings.push(warning);
      process.on('warning', onWarning);
      const first = ((await watcher.xrange('s', '-', '+', 'COUNT', 1)) as unknown as [string][])[0]?.[0];
      const subscription = fromGroup(redis, group({ stallAfter: 50, notify: (notice) => notices.push(notice) }))
        .pipe(...bulk(21, []))
        .subscribe();
      await eventually(() => warnings.length === 1, 'a process warning');
      await eventually(
        () => notices.filter(({ type }) => type === 'stalled').length >= 2,
        'stalled is told for as long as it lasts',
      );
      expect(notices.find(({ type }) => type === 'stalled')).toEqual({
        type: 'stalled',
        held: 20,
        bufferSize: 20,
        oldest: { stream: 's', id: first },
        since: 50,
      });
      expect(warnings).toHaveLength(1);
      expect(warnings[0]?.message).toContain(first);
      process.off('warning', onWarning);
      subscription.unsubscribe();
      await whenIdle(redis);
    });

    it('stalls behind a plain filter() and not behind ackUnless()', async () => {
      await add('s', 100);
      const stalls: Notice[] = [];
      const notify = (notice: Notice): void => void (notice.type === 'stalled' && stalls.push(notice));
      const even = ({ fields }: Delivery): boolean => Number(fields['n']) % 10 === 0;
      const plain = fromGroup(redis, group({ stallAfter: 50, notify }))
        .pipe(filter(even), ackAfter())
        .subscribe();
      await eventually(() => stalls.length > 0, 'a stall');
      plain.unsubscribe();
      await whenIdle(redis);
      await watcher.xgroup('DESTROY', 's', 'g');
      stalls.length = 0;
      const passed = await lastValueFrom(
        fromGroup(redis, group({ stallAfter: 50, notify, healFrom: '0' })).pipe(
          untilDrained(),
          ackUnless(even),
          ackAfter(),
          count(),
        ),
      );
      expect(passed).toBe(10);
      expect(stalls).toEqual([]);
      expect(await pendingOf('s')).toBe(0);
    });

    it('does not call slow work a stall', async () => {
      await add('s', 40);
      const stalls: Notice[] = [];
      const notify = (notice: Notice): void => void (notice.type === 'stalled' && stalls.push(notice));
      const subscription = fromGroup(redis, group({ stallAfter: 20, notify }))
        .pipe(ackAfter(() => timer(300), { concurrency: 20 }))
        .subscribe();
      await eventually(async () => (await pendingOf('s')) === 0, 'all worked');
      expect(stalls).toEqual([]);
      subscription.unsubscribe();
    });
  });

  describe('the bounds', () => {
    /** Looks at the pending list until `done`. */
    async function mostPending(streams: string[], done: () => boolean): Promise<number> {
      let most = 0;
      while (!done()) most = Math.max(most, await pendingOf(...streams));
      return most;
    }

    it('holds bufferSize + streams - 1 unsettled entries at most', async () => {
      const streams = ['a', 'b', 'c', 'd', 'e'];
      for (const stream of streams) await add(stream, 200);
      let worked = 0;
      const options = group({ streams, bufferSize: 7, refillAt: 6 });
      const held: Delivery[] = [];
      let mostHeld = 0;
      const subscription = fromGroup(redis, options)
        .pipe(
          tap((delivery) => {
            held.push(delivery);
            mostHeld = Math.max(mostHeld, held.length);
          }),
          delay(1),
        )
        .subscribe((delivery) => {
          held.splice(held.indexOf(delivery), 1);
          worked += 1;
          void delivery.ack();
        });
      await eventually(() => worked > 0, 'the first');
      const most = await mostPending(streams, () => worked === 1_000);
      expect(mostHeld).toBeLessThanOrEqual(7 + 5 - 1);
      // Those that are settled and whose XACK is still on its way are pending for the server.
      expect(most).toBeLessThanOrEqual(2 * 7 + 5 - 1);
      subscription.unsubscribe();
    });

    it('pauses reading while acks cannot be confirmed, and tells', async () => {
      const limited = backend.connect();
      await add('s', 500);
      const notices: Notice[] = [];
      let worked = 0;
      // XACK is refused for now, as a server that is out of memory does; none goes ahead of a read.
      const cut = limited.call.bind(limited);
      let refuse = true;
      limited.call = ((name: string, args: string[]) =>
        name === 'XACK' && refuse
          ? Promise.reject(Object.assign(new Error('OOM command not allowed'), { name: 'ReplyError' }))
          : cut(name, args)) as never;
      const subscription = fromGroup(limited, group({ reader: 'client', notify: (notice) => notices.push(notice) }))
        .pipe(ackAfter(() => (worked += 1)))
        .subscribe();
      await eventually(() => notices.some(({ type }) => type === 'paused'), 'paused is told');
      const sofar = worked;
      expect(sofar).toBeLessThanOrEqual(2 * 20);
      expect(await pendingOf('s')).toBe(sofar);
      refuse = false;
      await eventually(() => worked === 500, 'all worked');
      await eventually(async () => (await pendingOf('s')) === 0, 'all acked');
      expect(notices.map(({ type }) => type)).toContain('resumed');
      subscription.unsubscribe();
      await whenIdle(limited);
      await limited.quit();
    });

    it('does not read ahead of a standalone stage', async () => {
      await add('s', 300);
      let most = 0;
      let arrived = 0;
      let worked = 0;
      await lastValueFrom(
        fromStreams(redis, { streams: { s: '0' }, until: 'drained', bufferSize: 10 }).pipe(
          tap(() => (most = Math.max(most, (arrived += 1) - worked))),
          ackAfter(() => timer(1).pipe(tap(() => (worked += 1))), { concurrency: 3 }),
        ),
      );
      expect(worked).toBe(300);
      expect(most).toBeLessThanOrEqual(10);
    });

    it("counts the entries of settle: 'manual' until their ack()", async () => {
      await add('s', 50);
      const held: { ack(): Promise<void> }[] = [];
      const subscription = fromStreams(redis, { streams: { s: '0' }, settle: 'manual', bufferSize: 10, timeout: 100 }).subscribe(
        (entry) => held.push(entry),
      );
      await eventually(() => held.length === 10, 'a full window');
      await timerOf(50);
      expect(held).toHaveLength(10);
      for (let seen = 10; seen < 50; seen += 10) {
        for (const entry of held.slice(seen - 10, seen)) await entry.ack();
        await eventually(() => held.length === seen + 10, 'ten more');
      }
      subscription.unsubscribe();
    });

    it('tells when concurrency is larger than the window', async () => {
      await add('s', 1);
      const notices: Notice[] = [];
      await lastValueFrom(
        fromGroup(redis, group({ notify: (notice) => notices.push(notice) })).pipe(
          bufferRefill({ size: 4 }),
          untilDrained(),
          ackAfter(() => of(1), { concurrency: 5 }),
        ),
      );
      expect(notices).toContainEqual({ type: 'window-too-small', bufferSize: 4, concurrency: 5 });
    });
  });

  /** Long enough for a read that must not come. */
  function timerOf(ms: number): Promise<unknown> {
    return lastValueFrom(timer(ms));
  }
});
