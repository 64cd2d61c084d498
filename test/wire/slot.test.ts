import { expect, test } from 'vitest';
import { slotOf } from '../../src/wire/slot.js';

// as CLUSTER KEYSLOT of Redis 7.0.15 says
test.each([
  ['123456789', 12_739],
  ['foo', 12_182],
  ['', 0],
  ['orders', 105],
  ['{user1000}.following', 3_443],
  ['{user1000}.followers', 3_443],
  ['foo{}{bar}', 8_363],
  ['foo{{bar}}zap', 4_015],
  ['foo{bar}{zap}', 5_061],
  ['foo{bar', 15_278],
  ['}foo{bar}', 5_061],
  ['größe', 9_425],
  ['{größe}:x', 9_425],
])('%s is in slot %i', (key, slot) => {
  expect(slotOf(key)).toBe(slot);
});
