import { crc16 } from '../crc16.js';

const SLOTS = 16_384;

/** The hash slot of a key, prefix included: of what is in its first `{…}`, unless that is empty, otherwise of all of it. */
export function slotOf(key: string): number {
  return crc16(hashed(key)) % SLOTS;
}

function hashed(key: string): string {
  const open = key.indexOf('{');
  const close = open < 0 ? -1 : key.indexOf('}', open + 1);
  return close > open + 1 ? key.slice(open + 1, close) : key;
}
