import { describe, expect, test } from 'vitest';
import { MOST_READERS, MOST_STREAMS, ReaderCount, sharesOf } from '../../src/sources/slots.js';

const named = (n: number) => Array.from({ length: n }, (_, i) => ({ stream: `s${i}`, start: undefined }));
const tooMany = expect.objectContaining({ code: 'TOO_MANY_STREAMS' }) as Error;

test('streams are shared out by slot, and by a thousand', () => {
  const shares = sharesOf(named(2_500), (stream) => Number(stream.slice(1)) % 2);
  expect(shares.map(({ slot, streams }) => [slot, streams.length])).toEqual([
    [0, 1_000],
    [1, 1_000],
    [0, 250],
    [1, 250],
  ]);
});

describe('the count of readers', () => {
  test('one for each slot, up to the most there may be', () => {
    const count = new ReaderCount((stream) => Number(stream.slice(1)));
    count.add(named(MOST_READERS));
    expect(() => count.add([{ stream: 's999', start: undefined }])).toThrow(tooMany);
    count.remove('s0');
    count.add([{ stream: 's999', start: undefined }]);
  });

  test('one for each thousand of a slot', () => {
    const count = new ReaderCount(() => 0);
    count.add(named(MOST_READERS * MOST_STREAMS));
    expect(() => count.add([{ stream: 'one more', start: undefined }])).toThrow(tooMany);
  });

  test('what is refused does not count', () => {
    const count = new ReaderCount((stream) => Number(stream.slice(1)));
    expect(() => count.add(named(MOST_READERS + 1))).toThrow(/257 streams take 257 connections/);
    count.add(named(MOST_READERS));
  });
});
