import { broken, brokenByte, tooLong } from './broken.js';
import type { Inflow } from './inflow.js';
import { ARRAY, CR, LF, LONGEST, MINUS, NINE, ZERO } from './signs.js';

/** Takes the head of a list, `*2\r\n`: how many values follow, -1 for nil; undefined: it has not all come. */
export function listHead(inflow: Inflow): number | undefined {
  const { bytes } = inflow;
  let { at } = inflow;
  if (at === bytes.length) return undefined;
  if (bytes[at] !== ARRAY) throw brokenByte(bytes[at], 'where a list begins');
  const isNil = bytes[++at] === MINUS;
  if (isNil) at++;
  const first = at;
  let length = 0;
  for (; at < bytes.length && bytes[at] !== CR; at++) {
    const digit = bytes[at] ?? 0;
    if (digit < ZERO || digit > NINE) throw brokenByte(digit, 'in a length');
    length = length * 10 + digit - ZERO;
    if (length > LONGEST) throw tooLong(length);
  }
  if (at + 2 > bytes.length) return undefined;
  if (at === first || (isNil && length !== 1)) throw broken('a list without a length');
  if (bytes[at + 1] !== LF) throw brokenByte(bytes[at + 1], 'after a length');
  inflow.at = at + 2;
  return isNil ? -1 : length;
}
