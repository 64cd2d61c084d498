import { firstValueFrom } from 'rxjs';
import { describe, expect, it } from 'vitest';
import type { Arg } from '../../src/wire/client.js';
import { createPort } from '../../src/wire/ioredis.js';
import { FakeClient, replyError } from './fake-client.js';

/** XRANGE of a stream with the entries 1-0, 2-0, … */
function stocked(entries: number) {
  return new FakeClient((_name, args) => {
    const [after, to, count] = [number(args[1]), number(args[2]), Number(args[4])];
    const length = Math.max(0, Math.min(count, Math.min(entries, to) - after));
    return Array.from({ length }, (_, index) => [`${after + index + 1}-0`, ['f', 'v']]);
  });
}
const number = (id: Arg | undefined): number => Number(/\d+/.exec(String(id))?.[0]);
const count = (client: FakeClient, most: number, after = '3-0', to = '9999-0') =>
  firstValueFrom(createPort(client).countEntries({ stream: 's', after, to, most }));

describe('countEntries', () => {
  it('counts what comes after, page by page, and tells the first', async () => {
    const client = stocked(1_203);
    expect(await count(client, 10_000)).toEqual({ count: 1_200, first: '4-0' });
    expect(client.sent).toEqual([
      'XRANGE s (3-0 9999-0 COUNT 500',
      'XRANGE s (503-0 9999-0 COUNT 500',
      'XRANGE s (1003-0 9999-0 COUNT 500',
    ]);
  });

  it('ends at `to`, and with a page that is empty', async () => {
    const client = stocked(5_000);
    expect(await count(client, 10_000, '3-0', '503-0')).toEqual({ count: 500, first: '4-0' });
    expect(client.sent).toHaveLength(2);
  });

  it('never counts more than asked for', async () => {
    const client = stocked(5_000);
    expect(await count(client, 1_100)).toEqual({ count: 1_100, first: '4-0' });
    expect(client.sent.at(-1)).toBe('XRANGE s (1003-0 9999-0 COUNT 100');
    expect(await count(client, 1)).toEqual({ count: 1, first: '4-0' });
    expect(client.sent.at(-1)).toBe('XRANGE s (3-0 9999-0 COUNT 1');
  });

  it('nothing there', async () => {
    expect(await count(stocked(3), 10_000)).toEqual({ count: 0, first: undefined });
  });

  it('asks for no further page once nobody listens', async () => {
    const client = stocked(1_203);
    const counting = createPort(client).countEntries({ stream: 's', after: '3-0', to: '9999-0', most: 10_000 }).subscribe();
    expect(client.sent).toHaveLength(1);
    counting.unsubscribe();
    await new Promise(setImmediate);
    expect(client.sent).toHaveLength(1);
  });
});

describe('standing', () => {
  const me = { stream: 's', group: 'g' };

  it('is one command, with the prefix where the client adds none', async () => {
    const client = new FakeClient(() => ['groups', []], { keyPrefix: 'p:' });
    expect(await firstValueFrom(createPort(client).standing(me))).toBeUndefined();
    expect(client.sent).toEqual(['XINFO STREAM p:s FULL COUNT 1']);
  });

  it('of a missing key is nothing; other refusals stay errors', async () => {
    const refusing = (message: string) => createPort(new FakeClient(() => Promise.reject(replyError(message))));
    expect(await firstValueFrom(refusing('ERR no such key').standing(me))).toBeUndefined();
    await expect(firstValueFrom(refusing('WRONGTYPE').standing(me))).rejects.toThrow('WRONGTYPE');
  });
});

it('time is in ms', async () => {
  const client = new FakeClient(() => ['1795633514', '706999']);
  expect(await firstValueFrom(createPort(client).time())).toBe(1795633514706);
  expect(client.sent).toEqual(['TIME']);
});
