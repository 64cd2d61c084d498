/** Entries that come again after a nack, and those that nobody shall work on again. */
import type { Redis } from 'ioredis';
import { lastValueFrom, toArray } from 'rxjs';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import {
  ackAfter,
  backlogFirst,
  fromGroup,
  redeliver,
  untilDrained,
  whenIdle,
  type GroupOptions,
  type Notice,
} from '../../src/index.js';
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
  const source = (options: Partial<GroupOptions> = {}) =>
    fromGroup(redis, { streams: 's', group: 'g', consumer: 'me', autoCreate: { from: '0' }, notify, ...options });
  async function filled(n: number): Promise<string[]> {
    const ids: string[] = [];
    for (let i = 0; i < n; i++) ids.push(String(await redis.xadd('s', '*', 'n', i)));
    return ids;
  }
  async function pending(): Promise<[id: string, consumer: string, count: number][]> {
    const rows = (await redis.xpending('s', 'g', '-', '+', 1_000)) as [string, string, number, number][];
    return rows.map(([id, consumer, , count]) => [id, consumer, count]);
  }
  async function deadLetters(): Promise<Record<string, string>[]> {
    const entries = await redis.xrange('dead', '-', '+');
    return entries.map(
      ([, flat]) =>
        Object.fromEntries(flat.flatMap((name, i) => (i % 2 === 0 ? [[name, flat[i + 1]]] : []))) as Record<string, string>,
    );
  }

  it('a nacked entry comes again after its delay, counted by Redis; the window and the stage go on meanwhile', async () => {
    const [a = '', b = ''] = await filled(2);
    const came: [id: string, origin: string, attempt: number][] = [];
    await lastValueFrom(
      source({ bufferSize: 1 }).pipe(
        redeliver({ delay: 60 }),
        untilDrained(),
        ackAfter(
          ({ id, origin, attempt }) => {
            came.push([id, origin, attempt]);
            if (id === a && attempt < 3) throw new Error('not yet');
          },
          { onError: 'nack' },
        ),
      ),
    );
    expect(came).toEqual([
      [a, 'fresh', 1],
      [b, 'fresh', 1],
      [a, 'redelivered', 2],
      [a, 'redelivered', 3],
    ]);
    expect(of('waiting')).toEqual([1, 2].map((attempt) => ({ type: 'waiting', stream: 's', id: a, attempt, delay: 60 })));
    expect(await pending()).toEqual([]);
  });

  it('comes again promptly while a read is blocked for a long time', async () => {
    const [a = ''] = await filled(1);
    const came: number[] = [];
    const running = source({ timeout: 60_000 })
      .pipe(
        redeliver({ delay: (attempt) => 10 * attempt }),
        ackAfter(
          ({ attempt }) => {
            came.push(attempt);
            if (attempt < 4) throw new Error('not yet');
          },
          { onError: 'nack' },
        ),
      )
      .subscribe();
    await eventually(() => came.length === 4, `${a} comes four times`, { within: 5_000 });
    await eventually(async () => (await pending()).length === 0, 'it is acked');
    running.unsubscribe();
  });

  it('nack({ delay }) says when; without redeliver() that is an error, and a plain nack stays', async () => {
    await filled(1);
    const delays: (number | undefined)[] = [];
    const running = source()
      .pipe(redeliver({ delay: 60_000 }))
      .subscribe((delivery) => {
        delays.push(delivery.attempt);
        if (delivery.attempt === 1) delivery.nack({ delay: 20 });
        else void delivery.ack();
      });
    await eventually(() => delays.length === 2, 'it comes again');
    await eventually(async () => (await pending()).length === 0, 'it is acked');
    running.unsubscribe();
    await whenIdle(redis);

    await filled(1);
    const errors: unknown[] = [];
    const plain = source().subscribe((delivery) => {
      try {
        delivery.nack({ delay: 20 });
      } catch (error) {
        errors.push(error);
      }
      delivery.nack();
    });
    await eventually(() => errors.length === 1, 'it is refused');
    expect(String(errors[0])).toContain('redeliver()');
    plain.unsubscribe();
    await whenIdle(redis);
    expect(await pending()).toHaveLength(1);
  });

  it('after maxDeliveries it goes to the dead-letter stream, with its fields, its origin and its last error', async () => {
    const [a = ''] = await filled(2);
    await lastValueFrom(
      source().pipe(
        redeliver({ maxDeliveries: 3, delay: 5, deadLetter: 'dead' }),
        untilDrained(),
        ackAfter(
          ({ id, attempt }) => {
            if (id === a) throw new RangeError(`no ${attempt}`);
          },
          { onError: 'nack' },
        ),
      ),
    );
    const [letter, ...others] = await deadLetters();
    expect(others).toEqual([]);
    const { 'dead-letter.time': time, ...rest } = letter ?? {};
    expect(rest).toEqual({
      n: '0',
      'dead-letter.stream': 's',
      'dead-letter.group': 'g',
      'dead-letter.consumer': 'me',
      'dead-letter.id': a,
      'dead-letter.deliveries': '3',
      'dead-letter.error': 'RangeError',
      'dead-letter.message': 'no 3',
    });
    expect(Math.abs(Number(time) - Date.now())).toBeLessThan(60_000);
    expect(of('dead-lettered')).toEqual([{ type: 'dead-lettered', stream: 's', ids: [a], to: 'dead' }]);
    expect(await pending()).toEqual([]);
  });

  it('reject() puts it there at once, and resolves when it is there', async () => {
    const [a = ''] = await filled(1);
    let settled: Promise<void> | undefined;
    const running = source()
      .pipe(redeliver({ deadLetter: 'dead' }))
      .subscribe((delivery) => {
        settled = delivery.reject(new Error('never'));
      });
    await eventually(() => settled !== undefined, 'it came');
    await settled;
    expect(await deadLetters()).toMatchObject([
      { 'dead-letter.id': a, 'dead-letter.message': 'never', 'dead-letter.deliveries': '1' },
    ]);
    expect(await pending()).toEqual([]);
    running.unsubscribe();
  });

  it("onError: 'reject' does so with the error of the project", async () => {
    const ids = await filled(3);
    await lastValueFrom(
      source().pipe(
        redeliver({ deadLetter: 'dead' }),
        untilDrained(),
        ackAfter(({ id }) => (id === ids[1] ? Promise.reject(new TypeError('bad')) : id), { onError: 'reject' }),
        toArray(),
      ),
    );
    expect(await deadLetters()).toMatchObject([{ 'dead-letter.id': ids[1], 'dead-letter.error': 'TypeError' }]);
    expect(await pending()).toEqual([]);
  });

  it('a dead-letter stream that cannot be written to: the entry stays pending, and the source ends with the reason', async () => {
    const [a = ''] = await filled(1);
    await redis.set('dead', 'text');
    const ended = lastValueFrom(
      source().pipe(
        redeliver({ deadLetter: 'dead' }),
        ackAfter(() => Promise.reject(new Error('bad')), { onError: 'reject' }),
      ),
    );
    await expect(ended).rejects.toMatchObject({ code: 'ACK_REFUSED', unconfirmed: [{ stream: 's', ids: [a] }] });
    await whenIdle(redis);
    expect(await pending()).toEqual([[a, 'me', 1]]);
  });

  it('an entry of another consumer by now is neither put there nor acked', async () => {
    const [a = ''] = await filled(1);
    let settled: Promise<void> | undefined;
    const running = source()
      .pipe(redeliver({ deadLetter: 'dead' }))
      .subscribe((delivery) => {
        settled = redis.call('XCLAIM', 's', 'g', 'thief', '0', a).then(() => delivery.reject(new Error('never')));
      });
    await eventually(() => settled !== undefined, 'it came');
    await settled;
    expect(await deadLetters()).toEqual([]);
    expect(await pending()).toEqual([[a, 'thief', 2]]);
    running.unsubscribe();
  });

  it('while maxWaiting entries wait, nothing fresh is read', async () => {
    await filled(20);
    const came: string[] = [];
    const running = source({ bufferSize: 2 })
      .pipe(redeliver({ delay: 60_000, maxWaiting: 5 }))
      .subscribe((delivery) => {
        came.push(delivery.id);
        delivery.nack();
      });
    await eventually(() => of('paused').length === 1, 'reading pauses');
    expect(of('paused')).toMatchObject([{ why: 'redelivery' }]);
    expect(came.length).toBeGreaterThanOrEqual(5);
    expect(came.length).toBeLessThanOrEqual(6); // a window of 2 may be under way
    running.unsubscribe();
    await whenIdle(redis);
    expect((await pending()).length).toBe(came.length);
  });

  it('what waits at the end comes first with the next subscription', async () => {
    const [a = ''] = await filled(1);
    const waiting = source().pipe(redeliver({ delay: 60_000 }));
    const first = waiting.subscribe((delivery) => delivery.nack());
    await eventually(() => of('waiting').length === 1, 'it waits');
    first.unsubscribe();
    await whenIdle(redis);
    const came = await lastValueFrom(
      waiting.pipe(
        untilDrained(),
        ackAfter(({ id, origin, attempt }) => [id, origin, attempt]),
        toArray(),
      ),
    );
    expect(came).toEqual([[a, 'recovered', 2]]);
  });

  it('the last delivery in a backlog is made alone, and what has none left is put away unrun', async () => {
    const ids = await filled(6);
    await redis.xgroup('CREATE', 's', 'g', '0');
    await redis.xreadgroup('GROUP', 'g', 'me', 'COUNT', 6, 'STREAMS', 's', '>');
    const count = (id: string | undefined, n: number) =>
      redis.call('XCLAIM', 's', 'g', 'me', '0', id ?? '', 'RETRYCOUNT', n, 'JUSTID');
    await count(ids[1], 2);
    await count(ids[3], 2);
    await count(ids[4], 3);
    let running = 0;
    const beside: [id: string, attempt: number, others: number][] = [];
    await lastValueFrom(
      source().pipe(
        backlogFirst(),
        redeliver({ maxDeliveries: 3, deadLetter: 'dead' }),
        untilDrained(),
        ackAfter(
          async ({ id, attempt }) => {
            running += 1;
            await new Promise((resolve) => setTimeout(resolve, 10));
            beside.push([id, attempt, running - 1]);
            running -= 1;
          },
          { concurrency: 8 },
        ),
      ),
    );
    expect(beside.filter(([, attempt]) => attempt === 3)).toEqual([
      [ids[1], 3, 0],
      [ids[3], 3, 0],
    ]);
    expect(beside.map(([id]) => id).toSorted()).toEqual(ids.filter((id) => id !== ids[4]));
    expect(await deadLetters()).toMatchObject([
      { 'dead-letter.id': ids[4], 'dead-letter.error': 'MaxDeliveries', 'dead-letter.deliveries': '3' },
    ]);
    expect(await pending()).toEqual([]);
  });
});
