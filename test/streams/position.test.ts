import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { compareIds, healAt, highest, lowest, ZERO } from '../../src/streams/position.js';

const part = fc.oneof(
  fc.bigInt({ min: 0n, max: 30n }),
  fc.bigInt({ min: 0n, max: 2n ** 64n - 1n }),
  fc.constantFrom(9n, 10n, 99n, 100n, 2n ** 64n - 1n),
);
const id = fc.tuple(part, part);
const text = ([ms, seq]: [bigint, bigint]): string => `${ms}-${seq}`;

describe('ids are two 64-bit numbers', () => {
  test('compared like them', () => {
    fc.assert(
      fc.property(id, id, (a, b) => {
        const expected = a[0] === b[0] ? (a[1] === b[1] ? 0 : a[1] < b[1] ? -1 : 1) : a[0] < b[0] ? -1 : 1;
        expect(Math.sign(compareIds(text(a), text(b)))).toBe(expected);
      }),
    );
  });

  test('of which one is the highest and one the lowest', () => {
    fc.assert(
      fc.property(id, id, (a, b) => {
        const [low, high] = [lowest(text(a), text(b)), highest(text(a), text(b))];
        expect(compareIds(low, high)).toBeLessThanOrEqual(0);
        expect([low, high].sort()).toEqual([text(a), text(b)].sort());
      }),
    );
  });
});

describe('a group that vanished is made again', () => {
  test.each([
    ['at what was read last', '5-0', '9-0', '5-0'],
    ['there too when nothing was added since', '5-0', '5-0', '5-0'],
    ['at the beginning when the key is gone', '5-0', undefined, ZERO],
    ['at the beginning when its ids begin anew', '5-0', '4-9', ZERO],
  ])('%s', (_, read, lastGenerated, at) => {
    expect(healAt({ read, lastGenerated })).toBe(at);
  });
});
