import { INVALID_ID, NOT_AN_INTEGER, ReplyError } from './errors.js';
import { LAST_SEQ, MAX_ID, MIN_ID, nextId, parseId, previousId, type StreamId, type U64 } from './ids.js';

/** Texts that come again and again, in bytes: keys, names of fields and groups, words of options. Nobody changes them. */
const known = new Map<string, Buffer>();
const MOST_KNOWN = 1_000;
const LONGEST_KNOWN = 64;

function textBytes(text: string): Buffer {
  if (text.length > LONGEST_KNOWN || isNumeral(text)) return Buffer.from(text);
  let bytes = known.get(text);
  if (bytes === undefined) {
    if (known.size >= MOST_KNOWN) known.clear();
    known.set(text, (bytes = Buffer.from(text)));
  }
  return bytes;
}

/** Ids, amounts and times mostly come once, and would drive out what comes again. */
function isNumeral(text: string): boolean {
  const first = text.charCodeAt(0);
  return first >= 0x30 && first <= 0x39;
}

/** What ioredis puts on the wire for an argument: a copy of bytes, text in UTF-8, null and undefined as ''. */
export function toBytes(arg: unknown): Buffer {
  if (typeof arg === 'string') return textBytes(arg);
  if (Buffer.isBuffer(arg)) return Buffer.from(arg);
  return Buffer.from(arg === null || arg === undefined ? '' : String(arg as number));
}

/** Names of groups and consumers are bytes. As latin1 text they make map keys that compare as Redis sorts them: byte by byte. */
export function toName(bytes: Buffer): string {
  return bytes.toString('latin1');
}

export function fromName(name: string): Buffer {
  return Buffer.from(name, 'latin1');
}

/** An option's word: Redis compares them without regard to case. */
export function word(bytes: Buffer | undefined): string {
  return bytes === undefined ? '' : bytes.toString('latin1').toUpperCase();
}

const MIN_I64 = -(2n ** 63n);
const MAX_I64 = 2n ** 63n - 1n;

/** A signed 64-bit integer as Redis reads it: no blanks, no plus, no leading zeros. */
export function integer(bytes: Buffer | undefined, message = NOT_AN_INTEGER): number {
  const text = bytes?.toString('latin1') ?? '';
  if (!/^(0|-?[1-9]\d*)$/.test(text) || (text.length > 15 && !fits(BigInt(text)))) throw new ReplyError(message);
  return Number(text);
}

function fits(value: bigint): boolean {
  return value >= MIN_I64 && value <= MAX_I64;
}

/** An id that stands for itself: `-` and `+` are refused. */
export function strictId(bytes: Buffer | undefined): StreamId {
  const id = tryId(bytes);
  if (!id) throw new ReplyError(INVALID_ID);
  return id;
}

export function tryId(bytes: Buffer | undefined, missing: U64 = 0): StreamId | undefined {
  return bytes === undefined || bytes.length > 127 ? undefined : parseId(idText(bytes), missing);
}

/** Redis reads ids as C does: up to the first zero byte. */
function idText(bytes: Buffer): string {
  const zero = bytes.indexOf(0);
  return bytes.toString('latin1', 0, zero < 0 ? bytes.length : zero);
}

/** An id, or `-` and `+` for the least and the greatest. */
export function looseId(bytes: Buffer | undefined, missing: U64 = 0): StreamId {
  const text = bytes && idText(bytes);
  if (text === '-') return MIN_ID;
  if (text === '+') return MAX_ID;
  const id = tryId(bytes, missing);
  if (!id) throw new ReplyError(INVALID_ID);
  return id;
}

/** The ends of a range, inclusive: `(` makes one exclusive. */
export function rangeStart(bytes: Buffer): StreamId {
  if (!isExclusive(bytes)) return looseId(bytes);
  const id = nextId(strictId(bytes.subarray(1)));
  if (!id) throw new ReplyError('ERR invalid start ID for the interval');
  return id;
}

export function rangeEnd(bytes: Buffer): StreamId {
  if (!isExclusive(bytes)) return looseId(bytes, LAST_SEQ);
  const given = tryId(bytes.subarray(1), LAST_SEQ);
  if (!given) throw new ReplyError(INVALID_ID);
  const id = previousId(given);
  if (!id) throw new ReplyError('ERR invalid end ID for the interval');
  return id;
}

function isExclusive(bytes: Buffer): boolean {
  return bytes.length > 1 && bytes[0] === 0x28;
}
