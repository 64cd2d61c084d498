import { describe, expect, test } from 'vitest';
import { shardOf, shards } from '../src/index.js';
import { slotOf } from '../src/wire/slot.js';

describe('shards', () => {
  test('names the parts', () => {
    expect(shards('orders', 3)).toEqual(['orders:{0}', 'orders:{1}', 'orders:{2}']);
    expect(shards('orders', 1)).toEqual(['orders:{0}']);
    expect(new Set(shards('orders', 16_384)).size).toBe(16_384);
  });

  test('that are in slots of their own, spread over three masters', () => {
    const slots = shards('orders', 16).map(slotOf);
    expect(new Set(slots).size).toBe(16);
    const masters = slots.map((slot) => Math.floor(slot / 5_462));
    expect([0, 1, 2].map((master) => masters.filter((each) => each === master).length)).toEqual([6, 6, 4]);
  });

  test.each([
    ['', 16, 'name is "", but must be a string that is not empty.'],
    [7, 16, 'name is 7, but must be a string that is not empty.'],
    ['orders{x}', 16, 'name is "orders{x}", but must be a name without { and }, which say what a slot is made of.'],
    ['orders', 0, 'count is 0, but must be a whole number from 1 to 16384.'],
    ['orders', -1, 'count is -1, but must be a whole number from 1 to 16384.'],
    ['orders', 1.5, 'count is 1.5, but must be a whole number from 1 to 16384.'],
    ['orders', NaN, 'count is NaN, but must be a whole number from 1 to 16384.'],
    ['orders', 16_385, 'count is 16385, but must be a whole number from 1 to 16384.'],
    ['orders', '16', 'count is "16", but must be a whole number from 1 to 16384.'],
  ])('%j, %j', (name, count, message) => {
    expect(() => shards(name as string, count as number)).toThrow(message);
  });
});

describe('shardOf', () => {
  // 0x31c3, the check value of CRC16/XMODEM, and what binascii.crc_hqx of Python says
  test.each([
    ['123456789', 16, 3],
    ['123456789', 1_000, 739],
    ['', 16, 0],
    ['customer-1', 16, 11],
    ['größe', 16, 1],
    ['{x}', 16, 3],
  ])('the part of %j of %i is %i, in every version', (key, count, part) => {
    expect(shardOf(key, count)).toBe(part);
  });

  test('spreads keys evenly', () => {
    const parts = Array.from({ length: 16 }, () => 0);
    for (let i = 0; i < 16_000; i++) {
      const part = shardOf(`customer-${i}`, 16);
      parts[part] = (parts[part] ?? 0) + 1;
    }
    expect(Math.min(...parts)).toBeGreaterThan(900);
    expect(Math.max(...parts)).toBeLessThan(1_100);
  });

  test.each([
    [7, 16, 'key is 7, but must be a string.'],
    [undefined, 16, 'key is undefined, but must be a string.'],
    ['a', 0, 'count is 0, but must be a whole number from 1 to 16384.'],
    ['a', 2.5, 'count is 2.5, but must be a whole number from 1 to 16384.'],
  ])('%j, %j', (key, count, message) => {
    expect(() => shardOf(key as string, count)).toThrow(message);
  });
});
