import { once } from 'node:events';
import { firstValueFrom, type Observable } from 'rxjs';
import { createMemoryRedis, type MemoryRedis } from 'rxjs-redis-streams/testing';
import { describe, expect, it, onTestFinished } from 'vitest';
import { checkClient } from '../../src/wire/client.js';
import { createPort } from '../../src/wire/ioredis.js';
import { keyPrefix } from '../../src/wire/key-prefix.js';

describe('a server', () => {
  it('is one per call, and shared by duplicates and on request', async () => {
    const [redis, stranger] = [createMemoryRedis(), createMemoryRedis()];
    await redis.xadd('s', '1-1', 'f', 'v');
    expect(await stranger.xlen('s')).toBe(0);
    expect(await redis.duplicate().xlen('s')).toBe(1);
    expect(await createMemoryRedis({ server: redis }).xlen('s')).toBe(1);
    expect(await redis.duplicate({ db: 1 }).xlen('s')).toBe(0);
    expect(() => createMemoryRedis({ server: {} as MemoryRedis })).toThrow(TypeError);
  });

  it('shares its clock and begins with the given data once', async () => {
    const redis = createMemoryRedis({ now: () => 7.9, data: { k: 'seed' } });
    expect(await redis.get('k')).toBe('seed');
    await redis.set('k', 'changed');
    const other = redis.duplicate();
    expect(await other.get('k')).toBe('changed');
    expect(await other.xadd('s', '*', 'f', 'v')).toBe('7-0');
  });
});

describe('the life of a client', () => {
  it('goes from connecting to ready to end, and begins again with connect()', async () => {
    const redis = createMemoryRedis();
    const events: string[] = [];
    for (const event of ['connect', 'ready', 'close', 'end']) redis.on(event, () => events.push(event));
    expect(redis.status).toBe('connecting');
    await once(redis, 'ready');
    expect(redis.status).toBe('ready');
    redis.disconnect();
    redis.disconnect();
    await once(redis, 'end');
    expect(redis.status).toBe('end');
    await expect(redis.xlen('s')).rejects.toThrow('Connection is closed.');
    await expect(redis.get('k')).rejects.toThrow('Connection is closed.');
    await expect(redis.pipeline().get('k').exec()).resolves.toMatchObject([[{ message: 'Connection is closed.' }]]);
    await redis.connect();
    expect(await redis.set('k', 'v')).toBe('OK');
    await expect(redis.connect()).rejects.toThrow('Redis is already connecting/connected');
    expect(events).toEqual(['connect', 'ready', 'close', 'end', 'connect', 'ready']);
  });

  it('with lazyConnect begins with the first command, or with connect()', async () => {
    const redis = createMemoryRedis({ lazyConnect: true });
    expect(redis.status).toBe('wait');
    await new Promise(setImmediate);
    expect(redis.status).toBe('wait');
    expect(await redis.xadd('s', '1-1', 'f', 'v')).toBe('1-1');
    expect(redis.status).toBe('ready');
    const other = redis.duplicate();
    await other.connect();
    expect(other.status).toBe('ready');
    const closed = redis.duplicate();
    closed.disconnect();
    await once(closed, 'end');
    expect(closed.status).toBe('end');
  });

  it('without an offline queue refuses commands before it is ready', async () => {
    const redis = createMemoryRedis({ enableOfflineQueue: false });
    await expect(redis.xlen('s')).rejects.toThrow("Stream isn't writeable and enableOfflineQueue options is false");
    await once(redis, 'ready');
    expect(await redis.xlen('s')).toBe(0);
  });

  it('keeps the order of commands, streams or not, from before it is ready', async () => {
    const redis = createMemoryRedis();
    const order: string[] = [];
    await Promise.all([
      redis.xadd('s', '1-1', 'f', 'v').then(() => order.push('xadd')),
      redis.del('s').then(() => order.push('del')),
      redis.xlen('s').then((length) => order.push(`xlen ${length}`)),
    ]);
    expect(order).toEqual(['xadd', 'del', 'xlen 0']);
  });

  it('lets timers run under a loop that asks again and again', async () => {
    const redis = createMemoryRedis();
    let isDone = false;
    setTimeout(() => (isDone = true), 1);
    while (!isDone) await redis.xlen('s');
    setTimeout(() => (isDone = false), 1);
    while (isDone) await redis.get('k');
  });

  it('ends with quit(), after what was sent before', async () => {
    const redis = createMemoryRedis();
    await redis.ping();
    const added = redis.xadd('s', '1-1', 'f', 'v');
    const ended = once(redis, 'end');
    expect(await redis.quit()).toBe('OK');
    expect(await added).toBe('1-1');
    await ended;
    await expect(redis.quit()).rejects.toThrow('Connection is closed.');
    expect(await createMemoryRedis({ lazyConnect: true }).quit()).toBe('OK');
  });

  it('rejects what is sent between disconnect() and end', async () => {
    const redis = createMemoryRedis();
    await redis.ping();
    redis.disconnect();
    await expect(redis.xlen('s')).rejects.toThrow('Connection is closed.');
  });
});

describe('ways to send a command', () => {
  it('are methods, call() in any case and with lists, callbacks, pipelines and transactions', async () => {
    const redis = createMemoryRedis();
    expect(await redis.call('xAdd', ['s', '1-1', 'f', 1])).toBe('1-1');
    expect(await redis.call('SET', 'k', 'v')).toBe('OK');
    expect(await redis.callBuffer('get', 'k')).toEqual(Buffer.from('v'));
    expect(await new Promise((resolve) => void redis.xlen('s', (_, length) => resolve(length)))).toBe(1);
    const results = await redis
      .pipeline([['xlen', 's']])
      .call('XADD', 's', '1-1', 'f', 'v')
      .set('k', '2')
      .getBuffer('k')
      .exec();
    expect(results).toEqual([
      [null, 1],
      [expect.objectContaining({ name: 'ReplyError' })],
      [null, 'OK'],
      [null, Buffer.from('2')],
    ]);
    expect(await redis.multi().xadd('s', '2-1', 'f', 'v').xack('k', 'g', '1-1').incr('k').exec()).toEqual([
      [null, '2-1'],
      [expect.objectContaining({ message: 'WRONGTYPE Operation against a key holding the wrong kind of value' })],
      [null, 3],
    ]);
  });

  it('between MULTI and EXEC refuses all when one cannot be queued', async () => {
    const redis = createMemoryRedis();
    const refused = redis.multi().set('k', 'v').call('XADD', 's').exec();
    await expect(refused).rejects.toMatchObject({
      message: 'EXECABORT Transaction discarded because of previous errors.',
      previousErrors: [{ message: "ERR wrong number of arguments for 'xadd' command" }],
    });
    expect(await redis.get('k')).toBeNull();
  });

  it('include MULTI and EXEC one by one', async () => {
    const redis = createMemoryRedis();
    expect(await redis.multi({ pipeline: false })).toBe('OK');
    expect(await redis.xadd('s', '1-1', 'f', 'v')).toBe('QUEUED');
    expect(await redis.set('k', 'v')).toBe('QUEUED');
    expect(await redis.duplicate().xlen('s')).toBe(0);
    expect(await redis.exec()).toEqual([
      [null, '1-1'],
      [null, 'OK'],
    ]);
    await redis.multi({ pipeline: false });
    await expect(redis.call('XADD', 's')).rejects.toThrow('ERR wrong number of arguments');
    expect(await redis.set('k', 'w')).toBe('QUEUED');
    await expect(redis.exec()).rejects.toThrow('EXECABORT Transaction discarded because of previous errors.');
    await redis.multi({ pipeline: false });
    await redis.del('k');
    expect(await redis.discard()).toBe('OK');
    expect(await redis.get('k')).toBe('v');
    await expect(redis.exec()).rejects.toThrow('ERR EXEC without MULTI');
  });

  it('answer EXEC by call() as a server does: pairs of error and value are what exec() makes of it', async () => {
    const redis = createMemoryRedis();
    await redis.xadd('s', '1-1', 'f', 'v');
    for (const call of ['call', 'callBuffer'] as const) {
      await redis.call('MULTI');
      await redis.xlen('s');
      await redis.xadd('s', '1-1', 'f', 'v');
      expect(await redis[call]('EXEC')).toEqual([1, expect.objectContaining({ name: 'ReplyError' })]);
    }
    await redis.watch('s');
    await redis.duplicate().xadd('s', '*', 'f', 'v');
    await redis.call('MULTI');
    const told = await new Promise((resolve) => void redis.call('EXEC', [], (_, value) => resolve(value)));
    expect(told).toBeNull();
  });

  it('leave a subscribed connection its own commands', async () => {
    const redis = createMemoryRedis();
    const other = redis.duplicate();
    const message = once(redis, 'message');
    await redis.subscribe('news');
    expect((redis as unknown as { mode: string }).mode).toBe('subscriber');
    await expect(redis.xlen('s')).rejects.toThrow(/subscriber mode/);
    await other.publish('news', 'hello');
    expect(await message).toEqual(['news', 'hello']);
    redis.disconnect();
  });
});

describe('keyPrefix', () => {
  /** What a command of a container is sent with: ioredis 5 leaves the keys of XGROUP and XINFO alone. */
  const inGroup = process.env['IOREDIS_MAJOR'] === '6' ? 's' : 'app:s';

  it('goes before keys and comes back in replies, and before those of XGROUP and XINFO as the installed ioredis does it', async () => {
    const plain = createMemoryRedis();
    const redis = createMemoryRedis({ server: plain, keyPrefix: 'app:' });
    await redis.xadd('s', '1-1', 'f', 'v');
    await redis.set('k', 'v');
    expect((await plain.keys('*')).sort()).toEqual(['app:k', 'app:s']);
    await redis.xgroup('CREATE', inGroup, 'g', '0');
    expect(await redis.xreadgroup('GROUP', 'g', 'c', 'STREAMS', 's', '>')).toEqual([['app:s', [['1-1', ['f', 'v']]]]]);
    expect(await redis.call('XPENDING', ['s', 'g'])).toEqual([1, '1-1', '1-1', [['c', '1']]]);
    expect(await redis.type('s')).toBe('stream');
    await expect(redis.get('s')).rejects.toThrow('WRONGTYPE');
    await redis.watch('s');
    await plain.xadd('app:s', '2-1', 'f', 'v');
    expect(await redis.multi().xlen('s').exec()).toBeNull();
    expect(await redis.duplicate({ keyPrefix: '' }).xlen('app:s')).toBe(2);
    expect(await redis.rename('s', 't')).toBe('OK');
    expect(await plain.xlen('app:t')).toBe(2);
  });

  it('is what the library finds when it asks', () => {
    const redis = createMemoryRedis({ keyPrefix: 'app:' });
    onTestFinished(() => redis.disconnect());
    const client = checkClient(redis);
    expect(client.isCluster).toBe(false);
    expect(keyPrefix(client).prefix).toBe('app:');
    expect(keyPrefix(client).forGroup('s')).toBe(inGroup);
  });
});

describe('the port of this library', () => {
  const one = <T>(answer: Observable<T>): Promise<T> => firstValueFrom(answer);
  const me = { stream: 's', group: 'g', consumer: 'me' };

  it('works on it: joins, waits, is unblocked, gives back and takes over', async () => {
    const redis = createMemoryRedis({ keyPrefix: 'app:' });
    const port = createPort(checkClient(redis));
    expect(await one(port.createGroup({ ...me, from: '0' }))).toBe(true);
    expect(await one(port.createGroup({ ...me, from: '0' }))).toBe(false);
    expect(await one(port.lastDelivered(me))).toBe('0-0');

    const reader = port.reader();
    const clientId = await one(reader.connect());
    const read = {
      from: [['s', '>']],
      count: 10,
      block: 5000,
      as: { group: 'g', consumer: 'me', noAck: false },
      binary: false,
    } as const;
    const nothing = one(reader.read(read));
    await new Promise(setImmediate);
    expect(await one(port.unblock({ clientId }))).toBe(true);
    expect(await nothing).toEqual([]);
    const something = one(reader.read(read));
    await redis.xadd('s', '1-1', 'f', 'v');
    expect(await something).toEqual([{ stream: 's', entries: [{ id: '1-1', pairs: ['f', 'v'] }] }]);

    expect(await one(port.giveBack({ ...me, entries: [{ id: '1-1', count: 0 }] }))).toEqual(['1-1']);
    expect(await one(port.takeOver({ ...me, entries: [{ id: '1-1', count: 0 }], binary: false }))).toEqual([
      { id: '1-1', pairs: ['f', 'v'], attempt: 1 },
    ]);
    expect(await one(port.fetch({ stream: 's', ids: ['1-1', '2-1'], binary: false }))).toEqual([
      { id: '1-1', pairs: ['f', 'v'] },
      undefined,
    ]);
    expect(await one(port.removeConsumer(me))).toBe(false);
    expect(await one(port.ack({ ...me, ids: ['1-1'] }))).toBe(1);
    expect(await one(port.removeConsumer(me))).toBe(true);
    const cut = one(reader.read(read));
    await new Promise(setImmediate);
    reader.disconnect();
    await expect(cut).rejects.toThrow(/closed/);
    redis.disconnect();
    await once(redis, 'end');
    expect(port.ended).toBe(true);
  });
});
