import { createMemoryRedis, type MemoryRedis } from 'rxjs-redis-streams/testing';
import { beforeEach, describe, expect, it, onTestFinished, vi } from 'vitest';

let redis: MemoryRedis;
/** Ready connections of the same server. */
let first: MemoryRedis;
let second: MemoryRedis;

beforeEach(async () => {
  redis = createMemoryRedis();
  [first, second] = [redis.duplicate(), redis.duplicate()];
  await redis.xgroup('CREATE', 's', 'g', '$', 'MKSTREAM');
  await first.ping();
  await second.ping();
  onTestFinished(() => [first, second, redis].forEach((client) => client.disconnect()));
});

const DELETED = 'UNBLOCKED the stream key no longer exists';

describe('a blocked read', () => {
  it('gets what is added, in the order in which readers blocked; of a group only the first does', async () => {
    const group = readGroup(first);
    const later = readGroup(second);
    const plain = redis.duplicate();
    onTestFinished(() => plain.disconnect());
    const read = plain.call('XREAD', ['BLOCK', 0, 'STREAMS', 's', '$']);
    await turn();
    await redis.xadd('s', '1-1', 'f', 'v');
    const entry = [['s', [['1-1', ['f', 'v']]]]];
    expect(await group).toEqual(entry);
    expect(await read).toEqual(entry);
    expect(await outcome(later)).toBe('pending');
    await redis.xadd('s', '2-1', 'f', 'v');
    expect(await later).toEqual([['s', [['2-1', ['f', 'v']]]]]);
  });

  it('of XREAD with $ gets what comes after the call, also where the stream is made only then', async () => {
    await redis.xadd('s', '5-1', 'f', 'old');
    const read = first.call('XREAD', ['BLOCK', 0, 'STREAMS', 's', 'new', '$', '$']);
    await redis.xadd('new', '1-1', 'f', 'v');
    expect(await read).toEqual([['new', [['1-1', ['f', 'v']]]]]);
  });

  it('ends with nil when its time is over', async () => {
    vi.useFakeTimers();
    onTestFinished(() => void vi.useRealTimers());
    const read = readGroup(first, 250);
    await vi.advanceTimersByTimeAsync(249);
    expect(await outcome(read)).toBe('pending');
    await vi.advanceTimersByTimeAsync(1);
    expect(await read).toBeNull();
    expect(vi.getTimerCount()).toBe(0);
  });

  it('is ended by CLIENT UNBLOCK, with nil or with an error, and only while it is out', async () => {
    const id = await first.client('ID');
    expect(await redis.client('UNBLOCK', id)).toBe(0);
    const quiet = readGroup(first);
    expect(await redis.client('UNBLOCK', id)).toBe(1);
    expect(await quiet).toBeNull();
    const loud = failure(readGroup(first));
    expect(await redis.call('CLIENT', 'UNBLOCK', id, 'ERROR')).toBe(1);
    expect(await loud).toMatchObject({
      name: 'ReplyError',
      message: 'UNBLOCKED client unblocked via CLIENT UNBLOCK',
      command: { name: 'XREADGROUP' },
    });
    expect(await redis.client('UNBLOCK', id)).toBe(0);
  });

  it.each<[string, (client: MemoryRedis) => Promise<unknown>, string]>([
    ['DEL', (client) => client.del('s'), DELETED],
    ['UNLINK', (client) => client.unlink('s'), DELETED],
    ['SET over it', (client) => client.set('s', 'text'), DELETED],
    ['RENAME', (client) => client.rename('s', 't'), DELETED],
    ['FLUSHALL', (client) => client.flushall(), DELETED],
    ['FLUSHDB', (client) => client.flushdb(), DELETED],
    ['EXPIRE', (client) => client.pexpire('s', 5), DELETED],
    ['DEL in MULTI', (client) => client.multi().del('s').exec(), DELETED],
    [
      'XGROUP DESTROY',
      (client) => client.xgroup('DESTROY', 's', 'g'),
      'NOGROUP the consumer group this client was blocked on no longer exists',
    ],
  ])('in a group is ended by %s', async (_, change, message) => {
    const read = failure(readGroup(first));
    await change(redis);
    expect(await read).toMatchObject({ name: 'ReplyError', message });
  });

  it('outlives what happens within one MULTI', async () => {
    const read = readGroup(first);
    await redis.multi().del('s').xgroup('CREATE', 's', 'g', '0', 'MKSTREAM').xadd('s', '1-1', 'f', 'v').exec();
    expect(await read).toEqual([['s', [['1-1', ['f', 'v']]]]]);
  });

  it('without a group outlives the key', async () => {
    const read = first.call('XREAD', ['BLOCK', 0, 'STREAMS', 's', '$']);
    await redis.del('s');
    expect(await outcome(read)).toBe('pending');
    await redis.xadd('s', '1-1', 'f', 'v');
    expect(await read).toEqual([['s', [['1-1', ['f', 'v']]]]]);
  });

  it('never waits inside MULTI', async () => {
    expect(await redis.multi().xread('BLOCK', 0, 'STREAMS', 's', '$').xlen('s').exec()).toEqual([
      [null, null],
      [null, 0],
    ]);
  });

  it('holds up what is sent after it on its connection, in order', async () => {
    const order: string[] = [];
    const note = (name: string) => (): void => void order.push(name);
    const all = [
      readGroup(first).then(note('read')),
      first.set('k', '1').then(note('set')),
      first.pipeline().xlen('s').get('k').exec().then(note('pipeline')),
    ];
    expect(await redis.get('k')).toBeNull();
    await redis.xadd('s', '1-1', 'f', 'v');
    await Promise.all(all);
    expect(order).toEqual(['read', 'set', 'pipeline']);
    expect(await redis.get('k')).toBe('1');
  });
});

describe('a connection that is cut while it is blocked', () => {
  it('rejects the read and what waits behind it, and receives nothing any more', async () => {
    const read = failure(readGroup(first));
    const behind = failure(first.get('k'));
    first.disconnect();
    await redis.xadd('s', '1-1', 'f', 'v');
    expect(await read).toMatchObject({ message: 'Connection is closed.' });
    expect(await behind).toMatchObject({ message: 'Connection is closed.' });
    expect(await readGroup(second)).toEqual([['s', [['1-1', ['f', 'v']]]]]);
  });

  it('has another client id when it connects again', async () => {
    const id = await first.client('ID');
    void failure(readGroup(first));
    first.disconnect();
    await first.connect();
    expect(await first.client('ID')).toBeGreaterThan(id);
    expect(await redis.client('UNBLOCK', id)).toBe(0);
  });

  it('by CLIENT KILL sends the read again, unless its retryStrategy is null', async () => {
    const stubborn = redis.duplicate({ retryStrategy: () => null });
    const killed = failure(readGroup(stubborn));
    const id = await stubbornId(redis);
    const again = readGroup(first);
    await redis.client('KILL', 'ID', await idOfBlocked(redis, id));
    await redis.client('KILL', 'ID', id);
    expect(await killed).toMatchObject({ message: 'Connection is closed.' });
    await turn();
    await redis.xadd('s', '1-1', 'f', 'v');
    expect(await again).toEqual([['s', [['1-1', ['f', 'v']]]]]);
    expect([stubborn.status, first.status]).toEqual(['end', 'ready']);
  });

  it('leaves no timer behind', async () => {
    vi.useFakeTimers();
    onTestFinished(() => void vi.useRealTimers());
    void failure(readGroup(first, 60_000));
    await redis.pexpire('s', 30_000);
    expect(vi.getTimerCount()).toBe(2);
    first.disconnect();
    expect(vi.getTimerCount()).toBe(0);
  });
});

function readGroup(client: MemoryRedis, block = 0): Promise<unknown> {
  return client.call('XREADGROUP', ['GROUP', 'g', 'c', 'BLOCK', block, 'STREAMS', 's', '>']);
}

function failure(promise: Promise<unknown>): Promise<unknown> {
  return promise.then(
    (value) => ({ unexpected: value }),
    (error: unknown) => error,
  );
}

async function outcome(promise: Promise<unknown>): Promise<unknown> {
  return Promise.race([promise, turn().then(() => 'pending')]);
}

/** The newest connection that is blocked. */
async function stubbornId(client: MemoryRedis): Promise<number> {
  await turn();
  return Math.max(...(await blockedIds(client)));
}

async function idOfBlocked(client: MemoryRedis, except: number): Promise<number> {
  return (await blockedIds(client)).find((id) => id !== except) as number;
}

async function blockedIds(client: MemoryRedis): Promise<number[]> {
  const list = String(await client.call('CLIENT', 'LIST'));
  return [...list.matchAll(/id=(\d+) .*flags=b/g)].map(([, id]) => Number(id));
}

/** Two microtask rounds and a tick: what can happen without time has happened. */
async function turn(): Promise<void> {
  await new Promise((resolve) => process.nextTick(resolve));
  for (let round = 0; round < 10; round++) await Promise.resolve();
}
