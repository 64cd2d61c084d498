import type { Redis } from 'ioredis';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { claimIdle, Consumer, fromGroup, GroupConsumer, whenIdle, type Notice } from '../../src/index.js';
import { backends, blockedReaders, connections, countCommands, type Backend } from '../support/backends.js';
import { eventually } from '../support/eventually.js';

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
    // Nothing of ours is left: the caller's connection alone.
    await eventually(async () => (await connections(redis)) === 1, 'no connection of ours is left');
    await redis.flushall();
    await redis.quit();
  });

  async function add(stream: string, ...values: readonly string[]): Promise<void> {
    for (const value of values) await redis.xadd(stream, '*', 'value', value);
  }

  async function all(
    consumer: AsyncIterable<{ readonly stream: string; readonly fields: Readonly<Record<string, string>> }>,
  ): Promise<string[]> {
    const seen: string[] = [];
    for await (const { stream, fields } of consumer) seen.push(`${stream}:${String(fields['value'])}`);
    return seen;
  }

  /** Entries of that name with their delivery counts. */
  async function countsOf(stream: string, group: string): Promise<number[]> {
    const rows = (await redis.xpending(stream, group, '-', '+', 100)) as [string, string, number, number][];
    return rows.map(([, , , count]) => count);
  }

  async function waits(): Promise<void> {
    await eventually(async () => (await blockedReaders(redis)).length === 1, 'a read waits');
  }

  async function pendingOf(stream: string, group: string): Promise<number> {
    const [count] = (await redis.xpending(stream, group)) as [number];
    return count;
  }

  describe('Consumer', () => {
    it('starts after the latest entry seen at initialization', async () => {
      await add('one', 'before');
      await using consumer = new Consumer(redis, { streams: ['one'] });
      await consumer.open();
      await add('one', 'after');
      expect(await all(consumer)).toEqual(['one:after']);
      expect(await consumer.getEntry()).toBeUndefined();
    });

    it('initializes with the first call when it was not opened', async () => {
      await add('one', 'before');
      await using consumer = new Consumer(redis, { streams: 'one' });
      expect(await consumer.getEntry()).toBeUndefined();
      await add('one', 'after');
      expect((await consumer.getEntry())?.fields).toEqual({ value: 'after' });
    });

    it('begins at the first entry of a stream that did not exist', async () => {
      await using consumer = new Consumer(redis, { streams: ['new'] });
      await consumer.open();
      await add('new', 'first');
      expect(await all(consumer)).toEqual(['new:first']);
    });

    it('begins per stream where it is told to', async () => {
      await add('one', '1', '2');
      await add('two', '3');
      await redis.xadd('three', '5-0', 'value', '5');
      await redis.xadd('three', '6-0', 'value', '6');
      await using consumer = new Consumer(redis, { streams: { one: '0', two: '$', three: '5-0' } });
      expect((await all(consumer)).sort()).toEqual(['one:1', 'one:2', 'three:6']);
    });

    it('fetches bufferSize entries per stream beyond the one asked for, in one command', async () => {
      await add('one', '1', '2', '3', '4', '5');
      const sent = countCommands(redis);
      await using consumer = new Consumer(redis, { streams: { one: '0' }, bufferSize: 3, reader: 'client' });
      for (const value of ['1', '2', '3', '4']) expect((await consumer.getEntry())?.fields['value']).toBe(value);
      expect(sent.get('XREAD')).toBe(1);
      expect((await consumer.getEntry())?.fields['value']).toBe('5');
      expect(sent.get('XREAD')).toBe(2);
    });

    it('fetches bufferSize entries beyond the one asked for of each of its streams', async () => {
      await add('one', '1', '2', '3', '4');
      await add('two', '1', '2', '3', '4');
      const sent = countCommands(redis);
      await using consumer = new Consumer(redis, { streams: { one: '0', two: '0' }, bufferSize: 2, reader: 'client' });
      const seen: string[] = [];
      for (let i = 0; i < 6; i++) {
        const entry = await consumer.getEntry();
        seen.push(`${String(entry?.stream)}:${String(entry?.fields['value'])}`);
      }
      expect(seen.sort()).toEqual(['one:1', 'one:2', 'one:3', 'two:1', 'two:2', 'two:3']);
      expect(sent.get('XREAD')).toBe(1);
      expect(await all(consumer)).toEqual(['one:4', 'two:4']);
    });

    it('waits up to timeout for an entry', async () => {
      await using consumer = new Consumer(redis, { streams: ['one'], timeout: 20_000 });
      await consumer.open();
      const waiting = consumer.getEntry();
      await add('one', 'late');
      expect((await waiting)?.fields['value']).toBe('late');
    });

    it('gives undefined when nothing came within timeout, for which it has waited', async () => {
      await using consumer = new Consumer(redis, { streams: ['one'], timeout: 300 });
      await consumer.open();
      const waiting = consumer.getEntry();
      await waits();
      expect(await waiting).toBeUndefined();
    });

    it('ends its iteration when nothing is returned or buffered, and goes on in another loop', async () => {
      await using consumer = new Consumer(redis, { streams: { one: '0' }, bufferSize: 10 });
      await add('one', '1', '2');
      expect(await all(consumer)).toEqual(['one:1', 'one:2']);
      await add('one', '3');
      expect(await all(consumer)).toEqual(['one:3']);
    });

    it('serves calls side by side one after another, each entry once', async () => {
      await add('one', '1', '2', '3');
      await using consumer = new Consumer(redis, { streams: { one: '0' } });
      const entries = await Promise.all([1, 2, 3, 4].map(() => consumer.getEntry()));
      expect(entries.map((entry) => entry?.fields['value'])).toEqual(['1', '2', '3', undefined]);
    });

    it('reads added streams too, before and after it was opened', async () => {
      await add('two', 'old');
      await add('three', 'old');
      await using consumer = new Consumer(redis, { streams: ['one'] });
      expect(await consumer.addStream('two', { from: '0' })).toBe(true);
      await consumer.open();
      expect(await consumer.addStream('three')).toBe(true);
      expect(await consumer.addStream('three', { from: '0' })).toBe(false);
      await add('three', 'new');
      expect((await all(consumer)).sort()).toEqual(['three:new', 'two:old']);
    });

    it('adds a stream with a start to a consumer that reads already', async () => {
      await add('one', '1', '2');
      await add('two', 'old');
      await using consumer = new Consumer(redis, { streams: { one: '0' } });
      expect((await consumer.getEntry())?.fields['value']).toBe('1');
      expect(await consumer.addStream('two', { from: '0' })).toBe(true); // its place is known without asking Redis
      expect((await all(consumer)).sort()).toEqual(['one:2', 'two:old']);
    });

    it('adds a stream while a call waits, which gets its entries', async () => {
      await add('two', '1');
      await using consumer = new Consumer(redis, { streams: 'one', timeout: 60_000 });
      await consumer.open();
      const waiting = consumer.getEntry();
      await waits();
      expect(await consumer.addStream('two', { from: '0' })).toBe(true);
      expect((await waiting)?.stream).toBe('two');
    });

    it('adds a stream in the moment a call is made, and the call goes on to wait for both', async () => {
      await using consumer = new Consumer(redis, { streams: 'one', timeout: 60_000 });
      await consumer.open();
      const waiting = consumer.getEntry();
      expect(await consumer.addStream('two')).toBe(true);
      await waits();
      await add('two', '1');
      expect((await waiting)?.stream).toBe('two');
    });

    it('does not add a stream that cannot be joined, and goes on with the others', async () => {
      await redis.set('text', 'no stream');
      await using consumer = new Consumer(redis, { streams: 'one', bufferSize: 10 });
      await consumer.open();
      await add('one', '1', '2');
      expect((await consumer.getEntry())?.fields['value']).toBe('1');
      await expect(consumer.addStream('text')).rejects.toMatchObject({ code: 'WRONG_TYPE' });
      await add('one', '3');
      expect(await all(consumer)).toEqual(['one:2', 'one:3']);
      await redis.del('text');
      expect(await consumer.addStream('text')).toBe(true);
      await add('text', '1');
      expect(await all(consumer)).toEqual(['text:1']);
    });

    it.each(['a call waits', 'no call waits'])('does not add a stream when it is closed meanwhile, and %s', async (when) => {
      const consumer = new Consumer(redis, { streams: 'one', timeout: 60_000 });
      await consumer.open();
      const waiting = when === 'a call waits' ? consumer.getEntry() : undefined;
      const adding = consumer.addStream('two');
      await consumer.close();
      await expect(adding).rejects.toMatchObject({ code: 'CONSUMER_CLOSED' });
      expect(await waiting).toBeUndefined();
      expect(await consumer.addStream('two')).toBe(true);
    });

    it('does not add a stream when it is closed meanwhile, even if it is opened in the same moment', async () => {
      await using consumer = new Consumer(redis, { streams: 'one' });
      await consumer.open();
      const adding = consumer.addStream('two');
      const [closed, opened] = [consumer.close(), consumer.open()];
      await expect(adding).rejects.toMatchObject({ code: 'CONSUMER_CLOSED' });
      expect(await consumer.addStream('two')).toBe(true);
      await Promise.all([closed, opened]);
      await add('two', '1');
      expect(await all(consumer)).toEqual(['two:1']);
    });

    it('goes on where it was after an error, and not after close()', async () => {
      await using consumer = new Consumer(redis, { streams: 'one' });
      await consumer.open();
      await add('one', '1', '2');
      expect((await consumer.getEntry())?.fields['value']).toBe('1');
      await redis.rename('one', 'kept');
      await redis.set('one', 'no stream');
      await expect(consumer.getEntry()).rejects.toMatchObject({ code: 'WRONG_TYPE' });
      await redis.rename('kept', 'one');
      expect(await all(consumer)).toEqual(['one:2']);
      await add('one', '3');
      await consumer.close();
      expect(await all(consumer)).toEqual([]); // after the latest entry seen at initialization
    });

    it('reopens after close() and forgets its position and buffer', async () => {
      await add('one', '1', '2');
      const consumer = new Consumer(redis, { streams: { one: '0' }, bufferSize: 1 });
      expect((await consumer.getEntry())?.fields['value']).toBe('1');
      await consumer.close();
      expect(await all(consumer)).toEqual(['one:1', 'one:2']);
      await consumer.close();
      await consumer.close();
    });

    it('answers a waiting call with undefined when it is closed', async () => {
      const consumer = new Consumer(redis, { streams: ['one'], timeout: 60_000 });
      await consumer.open();
      const waiting = consumer.getEntry();
      await consumer.close();
      expect(await waiting).toBeUndefined();
    });

    it('closes by its signal and finds nothing from then on', async () => {
      const stop = new AbortController();
      const consumer = new Consumer(redis, { streams: ['one'], timeout: 60_000, signal: stop.signal });
      const waiting = consumer.getEntry();
      stop.abort();
      expect(await waiting).toBeUndefined();
      expect(await consumer.getEntry()).toBeUndefined();
    });

    it('does not open once its signal is aborted', async () => {
      const stop = new AbortController();
      stop.abort();
      const notices: Notice['type'][] = [];
      const consumer = new Consumer(redis, { streams: 'one', signal: stop.signal, notify: ({ type }) => notices.push(type) });
      await expect(consumer.open()).rejects.toMatchObject({ code: 'CONSUMER_CLOSED' });
      await whenIdle(redis);
      expect(notices).toEqual([]);
    });

    it('rejects with WRONG_TYPE for a key that is no stream, and opens afresh afterwards', async () => {
      await redis.set('one', 'text');
      await using consumer = new Consumer(redis, { streams: { one: '0' } });
      await expect(consumer.getEntry()).rejects.toMatchObject({ code: 'WRONG_TYPE' });
      await redis.del('one');
      await add('one', '1');
      expect(await all(consumer)).toEqual(['one:1']);
    });

    it('decodes, and gives Buffers when asked', async () => {
      await redis.xadd('one', '*', 'n', '42', 'bytes', Buffer.from([0xff, 0x00]));
      await using numbers = new Consumer(redis, { streams: { one: '0' }, decode: ({ n }) => Number(n) });
      expect((await numbers.getEntry())?.value).toBe(42);
      await using bytes = new Consumer(redis, { streams: { one: '0' }, binary: true });
      expect((await bytes.getEntry())?.fields['bytes']).toEqual(Buffer.from([0xff, 0x00]));
    });
  });

  describe('decode', () => {
    const later = (value: string): Promise<number> => new Promise((done) => setImmediate(() => done(Number(value))));
    const noThree = (value: string): number => {
      if (value === '3') throw new Error('three');
      return Number(value);
    };

    /** All values; what a call rejects with in their place. */
    async function values(consumer: Consumer<number> | GroupConsumer<number>): Promise<unknown[]> {
      const seen: unknown[] = [];
      for (let more = true; more;) {
        await consumer.getEntry().then(
          (entry) => (entry === undefined ? (more = false) : seen.push(entry.value)),
          (error: { code: string }) => seen.push(error.code),
        );
      }
      return seen;
    }

    it('that takes its time does not end the iteration', async () => {
      await add('one', '1', '2', '3', '4', '5');
      const decode = ({ value }: Readonly<Record<string, string>>) => later(value ?? '');
      await using alone = new Consumer(redis, { streams: { one: '0' }, bufferSize: 10, decode });
      const seen: number[] = [];
      for await (const { value } of alone) seen.push(value);
      expect(seen).toEqual([1, 2, 3, 4, 5]);
      const group = { streams: 'one', group: 'g', consumer: 'c', autoCreate: { from: '0' }, bufferSize: 10, decode };
      await using member = new GroupConsumer(redis, group);
      for await (const entry of member) {
        seen.push(entry.value);
        await entry.ack();
      }
      expect(seen).toEqual([1, 2, 3, 4, 5, 1, 2, 3, 4, 5]);
    });

    it.each<[string, (value: string) => number | Promise<number>]>([
      ['throws', noThree],
      ['rejects', async (value) => noThree(String(await later(value)))],
    ])('that %s rejects that call alone, and the next gives the next', async (_, of) => {
      await using consumer = new Consumer(redis, { streams: 'one', bufferSize: 10, decode: ({ value }) => of(value ?? '') });
      await consumer.open();
      await add('one', '1', '2', '3', '4', '5');
      expect(await values(consumer)).toEqual([1, 2, 'DECODE_FAILED', 4, 5]);
    });

    it('that fails in a group leaves the entry pending, and a consumer that is opened anew gets it again', async () => {
      await add('one', '1', '2', '3', '4');
      const options = { streams: 'one', group: 'g', consumer: 'c', autoCreate: { from: '0' }, bufferSize: 10 } as const;
      await using consumer = new GroupConsumer(redis, { ...options, decode: ({ value }) => noThree(value ?? '') });
      expect((await consumer.getEntry())?.value).toBe(1);
      expect((await consumer.getEntry())?.value).toBe(2);
      await expect(consumer.getEntry()).rejects.toMatchObject({ code: 'DECODE_FAILED', entry: { stream: 'one' } });
      await consumer.close();
      expect(await countsOf('one', 'g')).toEqual([1, 1, 1, 0]); // the fourth was never asked for
      await using again = new GroupConsumer(redis, { ...options, startFromBacklog: true });
      expect(await all(again)).toEqual(['one:1', 'one:2', 'one:3', 'one:4']);
    });
  });

  describe('GroupConsumer', () => {
    it('rejects with NO_GROUP when the group is missing and autoCreate is off', async () => {
      await using consumer = new GroupConsumer(redis, { streams: ['one'], group: 'g', consumer: 'c', autoCreate: false });
      await expect(consumer.open()).rejects.toMatchObject({ code: 'NO_GROUP' });
      await expect(consumer.getEntry()).rejects.toMatchObject({ code: 'NO_GROUP' });
    });

    it('makes stream and group by default', async () => {
      await using consumer = new GroupConsumer(redis, { streams: ['one'], group: 'g', consumer: 'c' });
      expect(await consumer.getEntry()).toBeUndefined();
      await add('one', '1');
      const entry = await consumer.getEntry();
      expect(entry).toMatchObject({ origin: 'fresh', attempt: 1 });
      await entry?.ack();
      expect(await pendingOf('one', 'g')).toBe(0);
    });

    it('shares three streams between two consumers, which never see the same entry', async () => {
      const streams = ['one', 'two', 'three'];
      const options = { streams, group: 'g', bufferSize: 5, autoCreate: { from: '0' } } as const;
      for (const stream of streams) for (let i = 0; i < 50; i++) await add(stream, String(i));
      await using first = new GroupConsumer(redis, { ...options, consumer: 'a' });
      await using second = new GroupConsumer(redis, { ...options, consumer: 'b' });
      const seen: string[] = [];
      for (let more = true; more;) {
        more = false;
        for (const consumer of [first, second]) {
          const entry = await consumer.getEntry();
          if (entry === undefined) continue;
          more = true;
          seen.push(`${entry.stream} ${entry.id}`);
          await entry.ack();
        }
      }
      expect(seen).toHaveLength(150);
      expect(new Set(seen).size).toBe(150);
      for (const stream of streams) expect(await pendingOf(stream, 'g')).toBe(0);
    });

    it('keeps no pending list with autoAcknowledge', async () => {
      await add('one', '1', '2', '3');
      await using consumer = new GroupConsumer(redis, {
        streams: 'one',
        group: 'g',
        consumer: 'c',
        autoCreate: { from: '0' },
        autoAcknowledge: true,
      });
      expect(await all(consumer)).toHaveLength(3);
      expect(await pendingOf('one', 'g')).toBe(0);
    });

    it('acks half in a first round, and a second with startFromBacklog gets exactly the other half, then what is fresh', async () => {
      const values = Array.from({ length: 10 }, (_, i) => String(i));
      await add('one', ...values);
      const options = { streams: 'one', group: 'g', consumer: 'c', autoCreate: { from: '0' } } as const;
      {
        await using first = new GroupConsumer(redis, { ...options, bufferSize: 3 });
        for await (const entry of first) if (Number(entry.fields['value']) % 2 === 0) await entry.ack();
      }
      expect(await pendingOf('one', 'g')).toBe(5);
      await add('one', 'fresh');
      await using second = new GroupConsumer(redis, { ...options, bufferSize: 1, startFromBacklog: true });
      const again: string[] = [];
      for await (const entry of second) {
        again.push(`${entry.fields['value'] ?? ''} ${entry.origin} ${entry.attempt}`);
        await entry.ack();
      }
      expect(again).toEqual([...['1', '3', '5', '7', '9'].map((value) => `${value} backlog 2`), 'fresh fresh 1']);
      expect(await pendingOf('one', 'g')).toBe(0);
    });

    it('takes over what it handed out and did not settle, when it is reopened', async () => {
      await add('one', '1', '2', '3');
      const consumer = new GroupConsumer(redis, {
        streams: 'one',
        group: 'g',
        consumer: 'c',
        autoCreate: { from: '0' },
        bufferSize: 1,
      });
      expect((await consumer.getEntry())?.attempt).toBe(1);
      await consumer.close();
      const rows = (await redis.xpending('one', 'g', '-', '+', 10)) as [string, string, number, number][];
      // The one handed out counts as delivered; the one that was only buffered was given back.
      expect(rows.map(([, , , count]) => count)).toEqual([1, 0]);
      const seen: string[] = [];
      for await (const entry of consumer) {
        seen.push(`${entry.fields['value'] ?? ''} ${entry.origin} ${entry.attempt}`);
        await entry.ack();
      }
      expect(seen).toEqual(['1 recovered 2', '2 recovered 1', '3 fresh 1']);
      await consumer.close();
    });

    it('does not let a name be used twice at once, by a source or a consumer', async () => {
      const options = { streams: 'one', group: 'g', consumer: 'c' };
      await using first = new GroupConsumer(redis, options);
      await first.open();
      await using second = new GroupConsumer(redis, options);
      await expect(second.getEntry()).rejects.toMatchObject({ code: 'CONSUMER_IN_USE' });
    });

    it('does not add a stream that its name reads elsewhere, and may add it later', async () => {
      const first = new GroupConsumer(redis, { streams: 'one', group: 'g', consumer: 'c' });
      await first.open();
      await using second = new GroupConsumer(redis, { streams: 'two', group: 'g', consumer: 'c' });
      await second.open();
      await expect(second.addStream('one')).rejects.toMatchObject({ code: 'CONSUMER_IN_USE' });
      await first.close();
      expect(await second.addStream('one')).toBe(true);
    });

    it('does not add a stream whose group is missing, and goes on with the others', async () => {
      await add('one', '1', '2', '3');
      await redis.xgroup('CREATE', 'one', 'g', '0');
      const options = { streams: 'one', group: 'g', consumer: 'c', autoCreate: false, bufferSize: 1 };
      await using consumer = new GroupConsumer(redis, options);
      expect((await consumer.getEntry())?.fields['value']).toBe('1');
      await expect(consumer.addStream('two')).rejects.toMatchObject({ code: 'NO_GROUP' });
      await using other = new GroupConsumer(redis, { ...options, streams: 'two', autoCreate: true });
      await other.open(); // its seat is free
      await other.close();
      expect(await consumer.addStream('two')).toBe(true);
      await add('two', '1');
      expect((await all(consumer)).sort()).toEqual(['one:2', 'one:3', 'two:1']);
    });

    it.each(['was closed', 'is closing'])(
      'takes over what its name fetched from a stream it adds, where the other %s',
      async (when) => {
        await add('two', '1', '2', '3', '4');
        const options = { group: 'g', consumer: 'c', autoCreate: { from: '0' } } as const;
        const first = new GroupConsumer(redis, { ...options, streams: 'two', bufferSize: 2 });
        await first.getEntry();
        await using second = new GroupConsumer(redis, { ...options, streams: 'one' });
        await second.open();
        const closing = first.close();
        if (when === 'was closed') await closing;
        expect(await second.addStream('two')).toBe(true);
        const seen: string[] = [];
        for await (const entry of second) {
          seen.push(`${entry.fields['value'] ?? ''} ${entry.origin} ${entry.attempt}`);
          await entry.ack();
        }
        expect(seen).toEqual(['1 recovered 2', '2 recovered 1', '3 recovered 1', '4 fresh 1']);
        await closing;
        expect(await pendingOf('two', 'g')).toBe(0);
      },
    );

    it('confirms acks and gives its buffer back before close() resolves, after an abort of its signal too', async () => {
      await add('one', '1', '2', '3');
      const stop = new AbortController();
      const notices: Notice['type'][] = [];
      const options = { streams: 'one', group: 'g', consumer: 'c', autoCreate: { from: '0' }, bufferSize: 5 } as const;
      const notify = ({ type }: Notice) => notices.push(type);
      const consumer = new GroupConsumer(redis, { ...options, signal: stop.signal, notify });
      void (await consumer.getEntry())?.ack();
      stop.abort();
      await consumer.close();
      expect(notices).toEqual(['joined', 'connected', 'closing', 'acked', 'given-back', 'closed']);
      expect(await countsOf('one', 'g')).toEqual([0, 0]);
    });

    it('has closed when any call of close() resolves', async () => {
      await add('one', '1', '2');
      const notices: Notice['type'][] = [];
      const options = { streams: 'one', group: 'g', consumer: 'c', autoCreate: { from: '0' }, bufferSize: 5 } as const;
      const consumer = new GroupConsumer(redis, { ...options, notify: ({ type }) => notices.push(type) });
      await consumer.getEntry();
      const first = consumer.close();
      await consumer.close();
      expect(notices.at(-1)).toBe('closed');
      await first;
    });

    it('tells an error that came between two calls to the next one, and loses nothing', async () => {
      await add('one', '1', '2', '3');
      const options = { streams: 'one', group: 'g', consumer: 'c', autoCreate: { from: '0' }, bufferSize: 5 } as const;
      await using consumer = new GroupConsumer(redis, options);
      const entry = await consumer.getEntry();
      await redis.rename('one', 'kept');
      await redis.set('one', 'no stream');
      await expect(entry?.ack()).rejects.toMatchObject({ code: 'ACK_REFUSED' });
      await whenIdle(redis);
      await redis.rename('kept', 'one');
      await expect(consumer.getEntry()).rejects.toMatchObject({ code: 'ACK_REFUSED' });
      const seen: string[] = [];
      for await (const each of consumer) {
        seen.push(each.fields['value'] ?? '');
        await each.ack();
      }
      expect(seen).toEqual(['1', '2', '3']);
    });

    it('tells what happens, and removes a generated consumer that has nothing pending', async () => {
      const notices: Notice['type'][] = [];
      const consumer = new GroupConsumer(redis, { streams: 'one', group: 'g', notify: ({ type }) => notices.push(type) });
      await consumer.open();
      await add('one', '1');
      await (await consumer.getEntry())?.ack();
      await consumer.close();
      expect(notices).toEqual(['joined', 'connected', 'acked', 'closing', 'consumer-removed', 'closed']);
      expect(await redis.xinfo('CONSUMERS', 'one', 'g')).toEqual([]);
    });

    it.each<[string, (value: string | undefined) => string | Promise<string>]>([
      ['at once', (value) => valid(value)],
      ['later', async (value) => valid(value)],
    ])('goes on to the next entry when all that a call fetched was invalid (%s) and is skipped', async (_, decode) => {
      await add('one', 'bad', 'bad', '1', 'bad');
      const told: Notice['type'][] = [];
      await using consumer = new GroupConsumer(redis, {
        streams: 'one',
        group: 'g',
        consumer: 'c',
        autoCreate: { from: '0' },
        decode: ({ value }) => decode(value),
        onInvalid: 'skip',
        notify: ({ type }) => told.push(type),
      });
      const entry = await consumer.getEntry();
      expect(entry?.value).toBe('1');
      await entry?.ack();
      expect(await consumer.getEntry()).toBeUndefined();
      expect(told.filter((type) => type === 'invalid')).toHaveLength(3);
      await eventually(async () => (await pendingOf('one', 'g')) === 0, 'nothing is pending');
    });

    it('keeps what it handed out and what it buffered, however long the work takes', async () => {
      await add('one', '1', '2', '3');
      const lease = { renewEvery: 500 };
      const options = { streams: 'one', group: 'g', consumer: 'c', autoCreate: { from: '0' }, bufferSize: 5, lease } as const;
      await using consumer = new GroupConsumer(redis, options);
      const first = await consumer.getEntry();
      await add('one', '4');
      await redis.xreadgroup('GROUP', 'g', 'dead', 'STREAMS', 'one', '>');
      // In another process, as it were: what the client itself holds is never claimed.
      const other = redis.duplicate();
      const claimed: string[] = [];
      const thief = fromGroup(other, { streams: 'one', group: 'g', consumer: 'thief', lease })
        .pipe(claimIdle({ minIdle: 1_500, every: 50 }))
        .subscribe(({ fields }) => claimed.push(fields['value'] ?? ''));
      await eventually(() => Promise.resolve(claimed.length > 0), 'something is claimed');
      expect(claimed).toEqual(['4']); // held for less time than the others
      thief.unsubscribe();
      await whenIdle(other);
      await other.quit();
      await first?.ack();
      expect(await all(consumer)).toEqual(['one:2', 'one:3']);
    });

    it('leaves what is nacked pending, for a backlog', async () => {
      await add('one', '1', '2');
      const options = { streams: 'one', group: 'g', consumer: 'c', autoCreate: { from: '0' } } as const;
      const consumer = new GroupConsumer(redis, options);
      (await consumer.getEntry())?.nack();
      await (await consumer.getEntry())?.ack();
      expect(await all(consumer)).toEqual([]);
      await consumer.close();
      expect(await all(consumer)).toEqual([]); // opened anew
      await consumer.close();
      expect(await countsOf('one', 'g')).toEqual([1]);
      await using again = new GroupConsumer(redis, { ...options, startFromBacklog: true });
      expect(await all(again)).toEqual(['one:1']);
    });

    it('can still ack after it was closed', async () => {
      await add('one', '1');
      const consumer = new GroupConsumer(redis, { streams: 'one', group: 'g', consumer: 'c', autoCreate: { from: '0' } });
      const entry = await consumer.getEntry();
      await consumer.close();
      await entry?.ack();
      expect(await pendingOf('one', 'g')).toBe(0);
    });
  });
});

function valid(value: string | undefined): string {
  if (value === undefined || value === 'bad') throw new Error('bad');
  return value;
}
