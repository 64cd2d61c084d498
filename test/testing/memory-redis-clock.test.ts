import { once } from 'node:events';
import { VirtualTimeScheduler } from 'rxjs';
import { ackAfter, fromGroup, whenIdle, type Notice } from 'rxjs-redis-streams';
import { createMemoryRedis, type MemoryRedis } from 'rxjs-redis-streams/testing';
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';

const HOUR = 3_600_000;

let redis: MemoryRedis;
let reader: MemoryRedis;

/** A ready connection that reads beside the other, and group `g` of stream `s`. */
async function begin(client: MemoryRedis): Promise<void> {
  redis = client;
  reader = redis.duplicate();
  await redis.xgroup('CREATE', 's', 'g', '$', 'MKSTREAM');
  await reader.ping();
}
afterEach(() => [reader, redis].forEach((client) => client.disconnect()));

describe('a VirtualTimeScheduler', () => {
  let scheduler: VirtualTimeScheduler;
  beforeEach(async () => {
    scheduler = new VirtualTimeScheduler(undefined, 0);
    await begin(createMemoryRedis({ scheduler }));
  });

  /** Runs what is due until then, and no further: sources arm their timers for ever. */
  async function advanceTo(frame: number): Promise<void> {
    scheduler.maxFrames = frame;
    scheduler.flush();
    scheduler.frame = frame;
    await turn();
  }

  it('ends a BLOCK in its frame, and only then', async () => {
    const read = readGroup(250);
    await advanceTo(249);
    expect(await outcome(read)).toBe('pending');
    await advanceTo(250);
    expect(await outcome(read)).toBeNull();
    expect(scheduler.actions).toHaveLength(0);
  });

  it('ends a BLOCK that no timer of Node could wait for', async () => {
    const year = 365 * 24 * HOUR;
    const read = readGroup(year);
    await advanceTo(year - 1);
    expect(await outcome(read)).toBe('pending');
    await advanceTo(year);
    expect(await outcome(read)).toBeNull();
  });

  it('leaves nothing behind when something came first', async () => {
    const read = readGroup(250);
    await redis.xadd('s', '1-1', 'f', 'v');
    expect(await read).toEqual([['s', [['1-1', ['f', 'v']]]]]);
    expect(scheduler.actions).toHaveLength(0);
  });

  it('makes ids, idle times and what XAUTOCLAIM may take', async () => {
    await advanceTo(5_000);
    expect(await redis.xadd('s', '*', 'f', 'v')).toBe('5000-0');
    await readGroup();
    await advanceTo(5_700);
    expect(await redis.xpending('s', 'g', '-', '+', 10)).toEqual([['5000-0', 'c', 700, 1]]);
    expect(await redis.xinfo('CONSUMERS', 's', 'g')).toEqual([['name', 'c', 'pending', 1, 'idle', 700]]);
    expect(await redis.xautoclaim('s', 'g', 'd', 701, '-', 'JUSTID')).toEqual(['0-0', [], []]);
    expect(await redis.xautoclaim('s', 'g', 'd', 700, '-', 'JUSTID')).toEqual(['0-0', ['5000-0'], []]);
  });

  it('is what TIME tells', async () => {
    await advanceTo(5_678);
    expect(await redis.time()).toEqual(['5', '678000']);
    expect(await redis.call('TIME')).toEqual(['5', '678000']);
    await expect(redis.call('TIME', 'now')).rejects.toThrow("ERR wrong number of arguments for 'time' command");
  });

  it('lets keys expire, also under a reader that waits', async () => {
    const read = failure(readGroup());
    await redis.set('k', 'v', 'EX', 10);
    await redis.pexpire('s', 10_001);
    await advanceTo(9_999);
    expect([await redis.pttl('k'), await redis.pttl('s')]).toEqual([1, 2]);
    await advanceTo(10_000);
    expect([await redis.get('k'), await redis.exists('s'), await outcome(read)]).toEqual([null, 1, 'pending']);
    await advanceTo(10_001);
    expect(await read).toMatchObject({ message: 'UNBLOCKED the stream key no longer exists' });
    expect(Math.abs(Date.now() - new Date().getTime())).toBeLessThan(1000); // the real clock is back in its place
  });

  it('plays an hour of a source that shares it, reads and stalls included, in no time', async () => {
    const notices: Notice['type'][] = [];
    const done: string[] = [];
    const begun = performance.now();
    const subscription = fromGroup(redis, { streams: 's', group: 'g', scheduler, notify: ({ type }) => notices.push(type) })
      .pipe(ackAfter(({ id }) => id))
      .subscribe((id) => done.push(id));
    for (let time = 0; time <= HOUR; time += 5_000) {
      await advanceTo(time);
      if (time % 600_000 === 0) await redis.xadd('s', '*', 'f', 'v');
    }
    await turn();
    expect(done).toEqual(['0-1', '600000-0', '1200000-0', '1800000-0', '2400000-0', '3000000-0', '3600000-0']);
    expect(notices).not.toContain('retrying');
    subscription.unsubscribe();
    const idle = whenIdle(redis);
    await turn();
    await advanceTo(HOUR + 10_000);
    await idle;
    expect(performance.now() - begun).toBeLessThan(10_000);
  });
});

it('now() alone makes ids and idle times; BLOCK and EXPIRE take real time', async () => {
  let now = 1_000;
  await begin(createMemoryRedis({ now: () => now }));
  expect(await redis.xadd('s', '*', 'f', 'v')).toBe('1000-0');
  await readGroup();
  now += HOUR;
  expect(await redis.xpending('s', 'g', '-', '+', 10)).toEqual([['1000-0', 'c', HOUR, 1]]);
  expect(await readGroup(1)).toBeNull();
  await redis.pexpire('s', HOUR);
  now += HOUR;
  expect(await redis.exists('s')).toBe(1);
});

it('now() beside a scheduler: ids by the one, BLOCK and EXPIRE by the other', async () => {
  const scheduler = new VirtualTimeScheduler(undefined, 100);
  await begin(createMemoryRedis({ now: () => 7.9, scheduler }));
  expect(await redis.xadd('t', '*', 'f', 'v')).toBe('7-0');
  const read = readGroup(100);
  await redis.pexpire('t', 99);
  scheduler.flush();
  expect([await read, await redis.exists('t')]).toEqual([null, 0]);
});

it('the clock is the server’s: every connection has that of the first', async () => {
  await begin(createMemoryRedis({ now: () => 7 }));
  const other = createMemoryRedis({ server: redis, now: () => 8 });
  expect(await other.xadd('s', '*', 'f', 'v')).toBe('7-0');
  other.disconnect();
});

describe('fake timers of the test runner', () => {
  beforeEach(async () => {
    vi.useFakeTimers({ now: 1_000_000 });
    await begin(createMemoryRedis());
  });
  afterEach(() => void vi.useRealTimers());

  it('end a BLOCK', async () => {
    const read = readGroup(5_000);
    await vi.advanceTimersByTimeAsync(4_999);
    expect(await outcome(read)).toBe('pending');
    await vi.advanceTimersByTimeAsync(1);
    expect(await outcome(read)).toBeNull();
    expect(vi.getTimerCount()).toBe(0);
  });

  it('make ids and idle times', async () => {
    expect(await redis.xadd('s', '*', 'f', 'v')).toBe('1000000-0');
    await readGroup();
    await vi.advanceTimersByTimeAsync(HOUR);
    expect(await redis.xpending('s', 'g', '-', '+', 10)).toEqual([['1000000-0', 'c', HOUR, 1]]);
  });

  it('let keys expire, also under a reader that waits', async () => {
    const read = failure(readGroup());
    await redis.expire('s', 60);
    await vi.advanceTimersByTimeAsync(59_999);
    expect(await outcome(read)).toBe('pending');
    await vi.advanceTimersByTimeAsync(1);
    expect(await outcome(read)).toMatchObject({ message: 'UNBLOCKED the stream key no longer exists' });
  });

  it('are not needed to connect, to be cut, or to come back', async () => {
    const again = readGroup();
    await redis.client('KILL', 'ID', await reader.duplicate().client('ID'));
    reader.disconnect(true);
    await once(reader, 'ready');
    await redis.xadd('s', '1-1', 'f', 'v');
    expect(await again).toEqual([['s', [['1-1', ['f', 'v']]]]]);
  });
});

function readGroup(block?: number): Promise<unknown> {
  const waiting = block === undefined ? ['BLOCK', 0] : ['BLOCK', block];
  return reader.call('XREADGROUP', ['GROUP', 'g', 'c', ...waiting, 'STREAMS', 's', '>']);
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

/** What can happen without time has happened. */
async function turn(): Promise<void> {
  for (let round = 0; round < 20; round++) await new Promise<void>((resolve) => process.nextTick(resolve));
}
