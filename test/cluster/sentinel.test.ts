/** A master that its sentinels replace: readers find the new one within 5 s, nothing that it has is lost, and acks that it has not come again. */
import { Redis } from 'ioredis';
import { setTimeout as sleep } from 'node:timers/promises';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { ackAfter, backlogFirst, fromGroup, untilDrained, whenIdle } from '../../src/index.js';
import { notebook } from '../integration/faults/notebook.js';
import { eventually } from '../support/eventually.js';
import { startSentinel, type RedisSentinel } from '../support/redis-sentinel.js';

let sentinel: RedisSentinel;

beforeAll(async () => {
  sentinel = await startSentinel();
}, 120_000);

afterAll(async () => {
  await sentinel.stop();
});

function client(): Redis {
  const redis = new Redis({
    ...sentinel.options,
    sentinels: [...sentinel.options.sentinels],
    retryStrategy: () => 50,
    maxRetriesPerRequest: null,
  });
  redis.on('error', () => undefined); // while there is no master
  return redis;
}

/** Adds an entry every few ms to the master. It counts once the replica has it: what a master took to its grave nobody can read. */
async function produce(stream: string, port: number, { entries, copies }: { entries: number; copies: number }) {
  const redis = new Redis(port, { retryStrategy: null });
  redis.on('error', () => undefined); // when the master is killed
  const kept: string[] = [];
  while (kept.length < entries && redis.status !== 'end') {
    try {
      // One connection for both: WAIT is about what this connection has written.
      const [[, id] = [], [, has] = []] =
        (await redis.pipeline().xadd(stream, '*', 'n', 1).call('WAIT', copies, 500).exec()) ?? [];
      if (typeof id === 'string' && Number(has) >= copies) kept.push(id);
    } catch {
      break; // it was killed
    }
    await sleep(2);
  }
  redis.disconnect();
  return kept;
}

test.each(['failover', 'kill'] as const)(
  '%s under load: nothing that the new master has is lost, and it is read within 5 s',
  async (how) => {
    const stream = `orders-${how}`;
    const options = { streams: stream, group: 'g', consumer: 'c', autoCreate: { from: '0' } } as const;
    const redis = client();
    const { notify, of } = notebook();
    const arrivals = new Map<string, number>();
    const end: { error?: unknown } = {};
    const subscription = fromGroup(redis, { ...options, notify })
      .pipe(ackAfter(({ id }) => arrivals.set(id, performance.now())))
      .subscribe({ error: (error: unknown) => (end.error = error) });

    const before = await sentinel.master();
    const first = produce(stream, before, { entries: 3_000, copies: 1 });
    await eventually(() => arrivals.size > 100, 'it is at work');
    await sentinel[how]();
    const after = await sentinel.master();
    expect(after).not.toBe(before);

    const moved = performance.now();
    const second = await produce(stream, after, { entries: 500, copies: 0 });
    const kept = [...(await first), ...second];
    await eventually(() => second.every((id) => arrivals.has(id)), 'every entry of the new master has come', { within: 20_000 });
    const soonest = Math.min(...second.map((id) => arrivals.get(id) ?? Infinity));
    expect(soonest - moved).toBeLessThan(5_000);
    expect(end).toEqual({});
    expect(of('retrying').length).toBeGreaterThan(0);
    subscription.unsubscribe();
    await whenIdle(redis);

    // Acks that only the old master got: those entries are pending here, and come again.
    await eventually(() => redis.stream.remotePort === after, 'our client has followed', { within: 20_000 });
    const again: string[] = [];
    await new Promise<void>((resolve, reject) => {
      fromGroup(redis, options)
        .pipe(
          backlogFirst(),
          untilDrained(),
          ackAfter(({ id }) => again.push(id)),
        )
        .subscribe({ complete: resolve, error: reject });
    });
    expect(kept.filter((id) => !arrivals.has(id) && !again.includes(id))).toEqual([]);
    expect(await redis.xpending(stream, 'g')).toEqual([0, null, null, null]);
    await whenIdle(redis);
    redis.disconnect();
  },
);
