/** Run by `run.ts`, in the runner of jest. */
import { afterEach, expect, jest, test } from '@jest/globals';
import { ackAfter } from 'rxjs-redis-streams';
import { createMarbles, createMemoryRedis } from 'rxjs-redis-streams/testing';

const marbles = createMarbles((actual, expected) => expect(actual).toEqual(expected));

test('marbles', () => {
  marbles.run(({ group, expectObservable, expectSettled }) => {
    const source = group({ live: '-a-b--', faults: '---N' });
    const refused = expect.objectContaining({ code: 'ACK_REFUSED' });
    expectObservable(source.pipe(ackAfter(({ value }) => value))).toBe('-a-(b#)', undefined, refused);
    expectSettled(source).toBe('-a-b');
  });
  expect(() =>
    marbles.run(({ deliveries, expectObservable }) => expectObservable(deliveries('-a|').pipe(ackAfter(() => 1))).toBe('--x|')),
  ).toThrow(/Expected.+Received/s);
});

afterEach(() => void jest.useRealTimers());

test('fake timers', async () => {
  jest.useFakeTimers({ doNotFake: ['nextTick', 'queueMicrotask'] }); // as docs/memory-redis.md says
  const redis = createMemoryRedis();
  await redis.xgroup('CREATE', 'orders', 'billing', '$', 'MKSTREAM');
  const ended: unknown[] = [];
  void redis.xread('BLOCK', 5_000, 'STREAMS', 'orders', '$').then((reply) => ended.push(reply));
  await jest.advanceTimersByTimeAsync(4_999);
  expect(ended).toEqual([]);
  await jest.advanceTimersByTimeAsync(1);
  expect(ended).toEqual([null]);
  redis.disconnect();
});
