import { Redis } from 'ioredis';
import { expect, test } from 'vitest';
import { Digest, fillStream, realEntries } from './real-input.js';
import { startRedis } from './redis-server.js';

test('entries repeat by their seed, differ in everything, and average about 1.2 KB', () => {
  const [one, two, other] = [realEntries(7), realEntries(7), realEntries(8)];
  expect(one.next().value).toEqual(two.next().value);
  expect(one.next().value).not.toEqual(other.next().value);
  const sizes: number[] = [];
  let [bytes, fewest, most] = [0, Infinity, 0];
  let all = '';
  for (let i = 0; i < 20_000; i++) {
    const pairs = one.next().value;
    expect(new Set(pairs.map(([name]) => name)).size).toBe(pairs.length);
    [fewest, most] = [Math.min(fewest, pairs.length), Math.max(most, pairs.length)];
    for (const [, value] of pairs) {
      const size = Buffer.byteLength(value);
      sizes.push(size);
      bytes += size;
      if (i < 500) all += value;
    }
  }
  expect([fewest, most]).toEqual([1, 6]);
  expect(bytes / 20_000).toBeGreaterThan(900);
  expect(bytes / 20_000).toBeLessThan(1500);
  expect(sizes).toContain(0);
  expect(sizes).toContain(1);
  expect(sizes.reduce((a, b) => Math.max(a, b))).toBeGreaterThan(60_000);
  expect(sizes.reduce((a, b) => Math.max(a, b))).toBeLessThan(66_000);
  for (const script of [
    /\p{Script=Latin}/u,
    /\p{Script=Cyrillic}/u,
    /\p{Script=Arabic}/u,
    /\p{Script=Han}/u,
    /\p{Emoji_Presentation}/u,
  ]) {
    expect(all).toMatch(script);
  }
  expect(Buffer.from(all).toString()).toBe(all); // no half of a pair
});

test('the digest of what is read back equals the digest of what was added; a swap, a loss or a change shows', async () => {
  const server = await startRedis();
  const redis = new Redis(server.url);
  const filled = await fillStream(redis, 's', { entries: 1200, seed: 3 });
  expect(filled.ids).toHaveLength(1200);
  const entries = await redis.xrange('s', '-', '+');
  const pairsOf = (flat: string[]) =>
    Array.from({ length: flat.length / 2 }, (_, i) => [flat[2 * i]!, flat[2 * i + 1]!] as const);
  const digestOf = (list: typeof entries): Digest => {
    const digest = new Digest();
    for (const [id, flat] of list) digest.add(id, pairsOf(flat));
    return digest;
  };
  expect(digestOf(entries)).toEqual(filled.digest);
  const swapped = digestOf([entries[1]!, entries[0]!, ...entries.slice(2)]);
  expect(swapped.ordered).not.toBe(filled.digest.ordered);
  expect(swapped.unordered).toBe(filled.digest.unordered);
  expect(digestOf([entries[0]!, entries[0]!, ...entries.slice(2)]).unordered).not.toBe(filled.digest.unordered);
  redis.disconnect();
  await server.stop();
});
