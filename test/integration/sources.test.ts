import type { Redis } from 'ioredis';
import { concatMap, count, firstValueFrom, lastValueFrom, map, of, take, takeWhile, toArray } from 'rxjs';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import {
  ackAfter,
  backlogFirst,
  fromGroup,
  fromStreams,
  redeliver,
  untilDrained,
  whenIdle,
  type Delivery,
  type Notice,
  type StandardSchema,
} from '../../src/index.js';
import { backends, blockedReaders, connections, countCommands, type Backend } from '../support/backends.js';
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

  async function pendingOf(stream: string): Promise<number> {
    const [pending] = (await redis.xpending(stream, 'g')) as [number];
    return pending;
  }

  const drained = { group: 'g', consumer: 'c', autoCreate: { from: '0' }, until: 'drained' } as const;

  describe('fromStreams', () => {
    it('reads several streams, each from its own start', async () => {
      for (const stream of ['a', 'b', 'c']) for (let i = 1; i <= 3; i++) await redis.xadd(stream, `${i}-0`, 'n', String(i));
      const entries = await lastValueFrom(
        fromStreams(redis, { streams: { a: '0', b: '2', c: '$' }, until: 'drained' }).pipe(
          map(({ stream, id }) => `${stream} ${id}`),
          toArray(),
        ),
      );
      expect(entries.sort()).toEqual(['a 1-0', 'a 2-0', 'a 3-0', 'b 3-0']);
    });

    it('is live by default and begins after the last entry at subscription, resolved once', async () => {
      await redis.xadd('a', '1-0', 'n', 'before');
      const source = fromStreams(redis, { streams: 'a', timeout: 30 });
      const seen: string[] = [];
      const joined: Notice[] = [];
      const subscription = source
        .with({ notify: (notice) => void (notice.type === 'joined' && joined.push(notice)) })
        .subscribe(({ id }) => seen.push(id));
      await eventually(() => joined.length === 1, 'joined');
      expect(joined[0]).toEqual({ type: 'joined', stream: 'a', from: '1-0' });
      for (let i = 2; i <= 6; i++) {
        await redis.xadd('a', `${i}-0`, 'n', String(i));
        // Longer than a read may block: what is added between two reads must not be missed.
        await new Promise((resolve) => setTimeout(resolve, 35));
      }
      await eventually(() => seen.length === 5, 'all five');
      expect(seen).toEqual(['2-0', '3-0', '4-0', '5-0', '6-0']);
      subscription.unsubscribe();
    });

    it('does nothing before subscribe, and is read anew by each subscription', async () => {
      await redis.xadd('a', '1-0', 'n', '1');
      const sent = countCommands(redis);
      const source = fromStreams(redis, { streams: { a: '0' }, until: 'drained', reader: 'client' });
      await new Promise((resolve) => setTimeout(resolve, 20));
      expect([[...sent], await connections(redis)]).toEqual([[], 1]);
      expect(await lastValueFrom(source.pipe(count()))).toBe(1);
      const once = sent.get('XREAD') ?? 0;
      expect(once).toBeGreaterThan(0);
      expect(await lastValueFrom(source.pipe(count()))).toBe(1);
      expect(sent.get('XREAD')).toBe(2 * once);
    });

    it('goes on after the last id seen when its connection is killed', async () => {
      const seen: string[] = [];
      const notices: Notice['type'][] = [];
      const subscription = fromStreams(redis, { streams: { a: '0' }, notify: ({ type }) => notices.push(type) }).subscribe(
        ({ id }) => seen.push(id),
      );
      for (let i = 1; i <= 5; i++) {
        await redis.xadd('a', `${i}-0`, 'n', String(i));
        await eventually(() => seen.length === i, `entry ${i}`);
        await eventually(async () => (await blockedReaders(redis)).length === 1, 'a blocked read');
        for (const id of await blockedReaders(redis)) await redis.client('KILL', 'ID', id);
      }
      await redis.xadd('a', '6-0', 'n', '6');
      await eventually(() => seen.length === 6, 'the last');
      expect(seen).toEqual(['1-0', '2-0', '3-0', '4-0', '5-0', '6-0']);
      expect(notices).toContain('retrying');
      subscription.unsubscribe();
    });

    it('works with a stage: nothing to ack, and order is kept', async () => {
      for (let i = 1; i <= 250; i++) await redis.xadd('a', `${i}-0`, 'n', String(i));
      const seen = await lastValueFrom(
        fromStreams(redis, { streams: { a: '0' } }).pipe(
          untilDrained(),
          ackAfter(({ fields }) => Promise.resolve(Number(fields['n']))),
          toArray(),
        ),
      );
      expect(seen).toEqual(Array.from({ length: 250 }, (_, i) => i + 1));
    });

    it('stops by its signal at once, and completes without reading when it was aborted before', async () => {
      const stop = new AbortController();
      const source = fromStreams(redis, { streams: 'a', signal: stop.signal, timeout: 60_000 });
      const done = lastValueFrom(source, { defaultValue: 'completed' });
      await eventually(async () => (await blockedReaders(redis)).length === 1, 'a blocked read');
      stop.abort();
      expect(await done).toBe('completed');
      expect(await lastValueFrom(source, { defaultValue: 'completed' })).toBe('completed');
    });
  });

  describe('fromGroup', () => {
    it('makes a group at the end of the stream, or where autoCreate or the stream says', async () => {
      for (const stream of ['a', 'b', 'c']) for (let i = 1; i <= 3; i++) await redis.xadd(stream, `${i}-0`, 'n', String(i));
      const ids = (options: object) =>
        lastValueFrom(
          fromGroup(redis, { ...drained, ...options } as never).pipe(
            ackAfter(({ stream, id }) => `${stream} ${id}`),
            toArray(),
          ),
        );
      expect(await ids({ streams: 'a', autoCreate: true })).toEqual([]);
      expect(await ids({ streams: 'b', autoCreate: { from: '2' } })).toEqual(['b 3-0']);
      expect(await ids({ streams: { c: '1' }, autoCreate: { from: '2' } })).toEqual(['c 2-0', 'c 3-0']);
      // The group stands now: where it shall begin no longer matters.
      expect(await ids({ streams: { c: '0' } })).toEqual([]);
    });

    it('makes the stream too', async () => {
      const first = firstValueFrom(fromGroup(redis, { streams: 'new', group: 'g' }).pipe(ackAfter(({ fields }) => fields['n'])));
      await eventually(async () => (await redis.exists('new')) === 1, 'the stream');
      await redis.xadd('new', '*', 'n', '1');
      expect(await first).toBe('1');
    });

    it('loses no last ack to take, first, takeWhile or firstValueFrom', async () => {
      for (let i = 1; i <= 40; i++) await redis.xadd('a', `${i}-0`, 'n', String(i));
      const work = ackAfter(({ id }: Delivery) => id);
      const source = fromGroup(redis, { ...drained, streams: 'a' });
      expect(await lastValueFrom(source.pipe(work, take(3), count()))).toBe(3);
      await whenIdle(redis);
      expect(await firstValueFrom(source.pipe(ackAfter(({ id }) => Promise.resolve(id))))).toBe('4-0');
      await whenIdle(redis);
      expect(await firstValueFrom(source.pipe(ackAfter(({ id }) => of(id))))).toBe('5-0');
      await whenIdle(redis);
      const last = source.pipe(
        work,
        takeWhile((id) => id !== '9-0', true),
      );
      expect(await lastValueFrom(last)).toBe('9-0');
      await whenIdle(redis);
      // 1 to 9 are acked; what was fetched beyond them was never started and counts as not delivered.
      const rows = (await redis.xpending('a', 'g', '-', '+', 100)) as [string, string, number, number][];
      expect(rows.filter(([id]) => Number(id.split('-')[0]) <= 9)).toEqual([]);
      expect(new Set(rows.map(([, , , times]) => times))).toEqual(new Set([0]));
      expect(await lastValueFrom(source.pipe(work, count()))).toBe(31);
      expect(await pendingOf('a')).toBe(0);
    });

    it('keeps no pending list with autoAcknowledge', async () => {
      for (let i = 1; i <= 30; i++) await redis.xadd('a', `${i}-0`, 'n', String(i));
      expect(await lastValueFrom(fromGroup(redis, { ...drained, streams: 'a', autoAcknowledge: true }).pipe(count()))).toBe(30);
      expect(await pendingOf('a')).toBe(0);
    });

    it('goes live on no stream before the backlogs of all are empty', async () => {
      for (const stream of ['a', 'b']) {
        await redis.xgroup('CREATE', stream, 'g', '0', 'MKSTREAM');
        for (let i = 1; i <= (stream === 'a' ? 3 : 70); i++) await redis.xadd(stream, `${i}-0`, 'n', String(i));
        await redis.xreadgroup('GROUP', 'g', 'c', 'STREAMS', stream, '>');
        await redis.xadd(stream, '1000-0', 'n', 'fresh');
      }
      const order = await lastValueFrom(
        fromGroup(redis, { ...drained, streams: ['a', 'b'], bufferSize: 10 }).pipe(
          backlogFirst(),
          ackAfter(({ origin, attempt, id }) => `${origin} ${attempt} ${id}`),
          toArray(),
        ),
      );
      expect(order.slice(0, 73).every((each) => each.startsWith('backlog 2 '))).toBe(true);
      expect(order.slice(73)).toEqual(['fresh 1 1000-0', 'fresh 1 1000-0']);
      expect(await pendingOf('a')).toBe(0);
      expect(await pendingOf('b')).toBe(0);
    });

    it('tells the generated name, uses it again for the next subscription, and removes it in the end', async () => {
      const names: (string | undefined)[] = [];
      const notify = (notice: Notice): void => void (notice.type === 'joined' && names.push(notice.consumer));
      const source = fromGroup(redis, { streams: 'a', group: 'g', autoCreate: { from: '0' }, until: 'drained', notify });
      await lastValueFrom(source, { defaultValue: undefined });
      await lastValueFrom(source, { defaultValue: undefined });
      expect(names).toHaveLength(2);
      expect(names[0]).toBe(names[1]);
      await whenIdle(redis);
      expect(await redis.xinfo('CONSUMERS', 'a', 'g')).toEqual([]);
    });
  });

  describe('decode', () => {
    beforeEach(async () => {
      for (const n of ['1', '2', '3']) await redis.xadd('a', `${n}-0`, 'n', n);
    });

    const values = (decode: never) =>
      lastValueFrom(
        // The key is made anew with the same ids: only this reads them again under the same name.
        fromGroup(redis, { ...drained, streams: 'a', decode, healFrom: '0' }).pipe(
          ackAfter(({ value }: Delivery<unknown>) => value),
          toArray(),
        ),
      );
    const schema = (validate: StandardSchema['~standard']['validate']): never =>
      ({ '~standard': { version: 1, vendor: 'test', validate } }) as never;
    const nOf = (fields: unknown): number => Number((fields as { n: string }).n);

    it('takes a function, synchronous or not, and a Standard Schema, synchronous or not, in order', async () => {
      expect(await values((({ n }: { n: string }) => Number(n)) as never)).toEqual([1, 2, 3]);
      await redis.del('a');
      for (const n of ['1', '2', '3']) await redis.xadd('a', `${n}-0`, 'n', n);
      const slow = async (n: number): Promise<number> => {
        await new Promise((resolve) => setTimeout(resolve, 30 - 10 * n));
        return n;
      };
      expect(await values((({ n }: { n: string }) => slow(Number(n))) as never)).toEqual([1, 2, 3]);
      for (const validate of [
        (fields: unknown) => ({ value: nOf(fields) }),
        async (fields: unknown) => ({ value: await slow(nOf(fields)) }),
      ]) {
        await redis.del('a');
        for (const n of ['1', '2', '3']) await redis.xadd('a', `${n}-0`, 'n', n);
        expect(await values(schema(validate))).toEqual([1, 2, 3]);
      }
    });

    it('emits in the same turn as the reply when it is synchronous', async () => {
      const turns: number[] = [];
      let turn = 0;
      await lastValueFrom(
        fromStreams(redis, { streams: { a: '0' }, until: 'drained', decode: ({ n }) => Number(n) }).pipe(
          map(() => {
            turns.push(turn);
            void Promise.resolve().then(() => (turn += 1));
          }),
        ),
      );
      expect(new Set(turns).size).toBe(1);
    });

    it('fails with DECODE_FAILED for what cannot be decoded, which stays pending; what came before is acked', async () => {
      const fails = (n: string): number => {
        if (n === '2') throw new Error('two is no number');
        return Number(n);
      };
      await expect(values((({ n }: { n: string }) => fails(n)) as never)).rejects.toMatchObject({
        code: 'DECODE_FAILED',
        entry: { stream: 'a', id: '2-0', fields: { n: '2' } },
        reason: new Error('two is no number'),
      });
      await whenIdle(redis);
      const rows = (await redis.xpending('a', 'g', '-', '+', 10)) as [string, string, number, number][];
      expect(rows.map(([id, , , times]) => `${id} ${times}`)).toEqual(['2-0 1', '3-0 0']);
    });

    it('quotes the issues of a schema', async () => {
      const bad = schema(() => ({ issues: [{ message: 'n must be even', path: ['n'] }] }));
      await expect(values(bad)).rejects.toMatchObject({
        code: 'DECODE_FAILED',
        issues: [{ message: 'n must be even', path: ['n'] }],
      });
    });

    const odd = ({ n }: { n?: string }): number => {
      if (Number(n) % 2 === 0) throw new Error('even');
      return Number(n);
    };
    it.each<[string, (fields: { n?: string }) => number | Promise<number>]>([
      ['at once', odd],
      ['later', async (fields) => odd(fields)],
    ])(
      "onInvalid: 'skip' acks what cannot be decoded (%s), tells it, and goes on in order, backlog and fresh",
      async (_, decode) => {
        const told: Notice[] = [];
        const source = fromGroup(redis, {
          ...drained,
          streams: 'a',
          consumer: 'c',
          decode,
          onInvalid: 'skip',
          notify: (notice) => told.push(notice),
        });
        // Fetched, and left: the next subscription finds it in its backlog.
        await redis.xgroup('CREATE', 'a', 'g', '0');
        await redis.xreadgroup('GROUP', 'g', 'c', 'COUNT', 2, 'STREAMS', 'a', '>');
        await redis.xadd('a', '4-0', 'n', '4');
        const seen = source.pipe(
          backlogFirst(),
          ackAfter(({ value }) => value),
          toArray(),
        );
        expect(await lastValueFrom(seen)).toEqual([1, 3]);
        await whenIdle(redis);
        expect(await pendingOf('a')).toBe(0);
        expect(told.filter(({ type }) => type === 'invalid')).toMatchObject([
          { stream: 'a', id: '2-0', done: 'skipped', error: { code: 'DECODE_FAILED', reason: new Error('even') } },
          { stream: 'a', id: '4-0', done: 'skipped' },
        ]);
      },
    );

    it("onInvalid: 'skip' goes on without it in fromStreams too", async () => {
      const source = fromStreams(redis, { streams: { a: '0' }, until: 'drained', decode: odd, onInvalid: 'skip' });
      expect(
        await lastValueFrom(
          source.pipe(
            map(({ value }) => value),
            toArray(),
          ),
        ),
      ).toEqual([1, 3]);
    });

    it("onInvalid: 'reject' without a dead-letter stream is refused before anything is sent; redeliver() brings one", async () => {
      const source = fromGroup(redis, { ...drained, streams: 'a', consumer: 'c', decode: odd, onInvalid: 'reject' });
      await expect(lastValueFrom(source.pipe(ackAfter()))).rejects.toMatchObject({ code: 'NO_DEAD_LETTER' });
      await whenIdle(redis);
      expect(await redis.xinfo('GROUPS', 'a')).toEqual([]);
      const came = source.pipe(
        redeliver({ deadLetter: 'dead' }),
        ackAfter(({ value }) => value),
        toArray(),
      );
      expect(await lastValueFrom(came)).toEqual([1, 3]);
      expect(await redis.xlen('dead')).toBe(1);
    });
  });

  describe('hostile entries', () => {
    it('arrive unharmed: names like __proto__, empty values, repeated names', async () => {
      await redis.xadd(
        'a',
        '1-0',
        '__proto__',
        'polluted',
        'constructor',
        'c',
        'empty',
        '',
        'twice',
        '1',
        'twice',
        '2',
        'toString',
        't',
      );
      const [entry] = await lastValueFrom(fromStreams(redis, { streams: { a: '0' }, until: 'drained' }).pipe(toArray()));
      expect(Object.entries(entry?.fields ?? {})).toEqual([
        ['__proto__', 'polluted'],
        ['constructor', 'c'],
        ['empty', ''],
        ['twice', '2'],
        ['toString', 't'],
      ]);
      expect(entry?.pairs.filter(([name]) => name === 'twice')).toEqual([
        ['twice', '1'],
        ['twice', '2'],
      ]);
      expect('hasOwnProperty' in (entry?.fields ?? {})).toBe(false);
      expect(({} as { polluted?: string }).polluted).toBeUndefined();
    });

    it('arrive unharmed: values of 8 MB, and broken UTF-8 with binary', async () => {
      const large = 'ж'.repeat(4 * 2 ** 20);
      const broken = Buffer.from([0x66, 0xff, 0xfe, 0x00, 0x80]);
      await redis.xadd('a', '1-0', 'large', large, 'broken', broken);
      const [text] = await lastValueFrom(fromStreams(redis, { streams: { a: '0' }, until: 'drained' }).pipe(toArray()));
      expect(text?.fields['large'] === large).toBe(true);
      const seen = await lastValueFrom(
        fromGroup(redis, { ...drained, streams: 'a', binary: true }).pipe(
          ackAfter(({ fields }) => fields),
          toArray(),
        ),
      );
      expect(seen[0]?.['broken']).toEqual(broken);
      expect(seen[0]?.['large']?.equals(Buffer.from(large))).toBe(true);
    });

    it('does not get lost in a pipeline of other operators', async () => {
      for (let i = 1; i <= 20; i++) await redis.xadd('a', `${i}-0`, 'n', String(i));
      const sum = await lastValueFrom(
        fromGroup(redis, { ...drained, streams: 'a' }).pipe(
          map((delivery) => delivery.mapValue(({ n }) => Number(n))),
          concatMap((delivery) => of(delivery)),
          ackAfter(({ value }) => value),
          toArray(),
        ),
      );
      expect(sum).toEqual(Array.from({ length: 20 }, (_, i) => i + 1));
      expect(await pendingOf('a')).toBe(0);
    });
  });
});
