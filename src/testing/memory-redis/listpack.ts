/*
 * How many bytes an entry takes in Redis's own encoding. Nothing is encoded here; but `MAXLEN ~` removes whole nodes only, a node
 * is full at 4,096 bytes or 100 entries, and so the sizes decide what approximate trimming leaves.
 */

/** An empty node with the terminator. */
export const EMPTY_BYTES = 7;

export function integerBytes(value: number): number {
  if (value >= 0 && value <= 127) return 2;
  if (value >= -4096 && value <= 4095) return 3;
  if (value >= -32768 && value <= 32767) return 4;
  if (value >= -8388608 && value <= 8388607) return 5;
  if (value >= -2147483648 && value <= 2147483647) return 6;
  return 10;
}

const NINE = 0x39;

export function stringBytes(value: Buffer): number {
  // What reads as an integer is stored as one.
  if (value.length <= 20 && (value[0] as number) <= NINE) {
    const text = value.toString('latin1');
    if (/^(0|-?[1-9]\d*)$/.test(text) && isInt64(text)) return integerBytes(Number(text));
  }
  const header = value.length < 64 ? 1 : value.length < 4096 ? 2 : 5;
  return withBackLength(header + value.length);
}

function isInt64(text: string): boolean {
  return text.length < 19 || BigInt.asIntN(64, BigInt(text)) === BigInt(text);
}

/** Each element ends with its own length, so that the list can be walked backwards. */
function withBackLength(bytes: number): number {
  if (bytes <= 127) return bytes + 1;
  if (bytes < 16383) return bytes + 2;
  if (bytes < 2097151) return bytes + 3;
  return bytes + (bytes < 268435455 ? 4 : 5);
}
