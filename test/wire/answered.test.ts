import { afterEach, beforeEach, expect, test, vi } from 'vitest';
import { PATIENCE } from '../../src/wire/answered.js';
import { send } from '../../src/wire/command.js';
import { classify } from '../../src/wire/failures.js';
import { FakeClient, never } from './fake-client.js';

beforeEach(() => void vi.useFakeTimers());
afterEach(() => void vi.useRealTimers());

function ask(client: FakeClient) {
  const seen: unknown[] = [];
  const subscription = send(client, { name: 'XACK', args: [] }).subscribe({
    next: (value) => seen.push(value),
    error: (error: unknown) => seen.push(classify(error).kind),
    complete: () => seen.push('complete'),
  });
  return { seen, subscription };
}

test('a command that is never answered is lost after 10 s', async () => {
  const { seen } = ask(new FakeClient(() => never));
  await vi.advanceTimersByTimeAsync(PATIENCE - 1);
  expect(seen).toEqual([]);
  await vi.advanceTimersByTimeAsync(1);
  expect(seen).toEqual(['lost']);
  expect(vi.getTimerCount()).toBe(0);
});

test('a client that is not connected is waited for, and looked at again', async () => {
  let answer!: (value: string) => void;
  const client = new FakeClient(() => new Promise((resolve) => (answer = resolve)));
  client.status = 'reconnecting';
  const { seen } = ask(client);
  await vi.advanceTimersByTimeAsync(10 * PATIENCE);
  expect(seen).toEqual([]);
  answer('OK');
  await vi.advanceTimersByTimeAsync(0);
  expect(seen).toEqual(['OK', 'complete']);
  expect(vi.getTimerCount()).toBe(0);

  const second = ask(client);
  await vi.advanceTimersByTimeAsync(1.5 * PATIENCE);
  client.status = 'ready';
  await vi.advanceTimersByTimeAsync(PATIENCE / 2);
  expect(second.seen).toEqual(['lost']);
});

test.each([
  ['answered', () => 'OK', ['OK', 'complete']],
  ['refused', () => Promise.reject(Object.assign(new Error('NOPERM no'), { name: 'ReplyError' })), ['fatal']],
])('no timer is left when it is %s', async (_, answer, expected) => {
  const { seen } = ask(new FakeClient(answer));
  await vi.advanceTimersByTimeAsync(0);
  expect(seen).toEqual(expected);
  expect(vi.getTimerCount()).toBe(0);
});

test('no timer is left when nobody waits any more', () => {
  const { seen, subscription } = ask(new FakeClient(() => never));
  subscription.unsubscribe();
  expect(vi.getTimerCount()).toBe(0);
  expect(seen).toEqual([]);
});
