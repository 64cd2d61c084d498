/** Run by `marbles-runners.test.ts`: what jest hands to tests, its assertions and its fake timers, without its runner. */
import { ModernFakeTimers } from '@jest/fake-timers';
import { expect } from 'expect';
import { ackAfter } from 'rxjs-redis-streams';
import { createMarbles, createMemoryRedis } from 'rxjs-redis-streams/testing';

const marbles = createMarbles((actual, expected) => expect(actual).toEqual(expected));

marbles.run(({ group, expectObservable, expectSettled }) => {
  const source = group({ live: '-a-b--', faults: '---N' });
  const refused = expect.objectContaining({ code: 'ACK_REFUSED' });
  expectObservable(source.pipe(ackAfter(({ value }) => value))).toBe('-a-(b#)', undefined, refused);
  expectSettled(source).toBe('-a-b');
});
expect(() =>
  marbles.run(({ deliveries, expectObservable }) => expectObservable(deliveries('-a|').pipe(ackAfter(() => 1))).toBe('--x|')),
).toThrow(/Expected.+Received/s);
console.log('marbles');

// as `jest.useFakeTimers({ … })` does it, see docs/memory-redis.md
const timers = new ModernFakeTimers({ config: { rootDir: '.', fakeTimers: {} } as never, global: globalThis });
timers.useFakeTimers({ doNotFake: ['nextTick', 'queueMicrotask'] });
const redis = createMemoryRedis();
await redis.xgroup('CREATE', 'orders', 'billing', '$', 'MKSTREAM');
const ended: unknown[] = [];
void redis.xread('BLOCK', 5_000, 'STREAMS', 'orders', '$').then((reply) => ended.push(reply));
await timers.advanceTimersByTimeAsync(4_999);
expect(ended).toEqual([]);
await timers.advanceTimersByTimeAsync(1);
expect(ended).toEqual([null]);
redis.disconnect();
timers.useRealTimers();
console.log('timers');
