/** Unsigned 64 bits: a number as long as it is exact, a bigint beyond. JavaScript compares the two correctly, `===` included. */
export type U64 = number | bigint;

export interface StreamId {
  readonly ms: U64;
  readonly seq: U64;
}

const MAX_U64 = 2n ** 64n - 1n;

export const MIN_ID: StreamId = { ms: 0, seq: 0 };
export const MAX_ID: StreamId = { ms: MAX_U64, seq: MAX_U64 };

export function compareIds(a: StreamId, b: StreamId): number {
  if (a.ms !== b.ms) return a.ms < b.ms ? -1 : 1;
  if (a.seq !== b.seq) return a.seq < b.seq ? -1 : 1;
  return 0;
}

export function sameId(a: StreamId, b: StreamId): boolean {
  return a.ms === b.ms && a.seq === b.seq;
}

export function isZero(id: StreamId): boolean {
  return id.ms === 0 && id.seq === 0;
}

export function formatId({ ms, seq }: StreamId): string {
  return `${ms}-${seq}`;
}

/** The id after this one; undefined after the last possible one. */
export function nextId({ ms, seq }: StreamId): StreamId | undefined {
  if (seq !== MAX_U64) return { ms, seq: plus(seq, 1n) };
  return ms === MAX_U64 ? undefined : { ms: plus(ms, 1n), seq: 0 };
}

/** The id before this one; undefined before 0-0. */
export function previousId({ ms, seq }: StreamId): StreamId | undefined {
  if (seq !== 0) return { ms, seq: plus(seq, -1n) };
  return ms === 0 ? undefined : { ms: plus(ms, -1n), seq: MAX_U64 };
}

/** `<ms>` or `<ms>-<seq>`; undefined for anything else. `missing` is the sequence of an id without one. */
export function parseId(text: string, missing: U64 = 0): StreamId | undefined {
  const dash = text.indexOf('-');
  const ms = parseU64(dash < 0 ? text : text.slice(0, dash));
  const seq = dash < 0 ? missing : parseU64(text.slice(dash + 1));
  return ms === undefined || seq === undefined ? undefined : { ms, seq };
}

/** The sequence of an incomplete id that ends a range. */
export const LAST_SEQ: U64 = MAX_U64;

/** How far `to` is from `from`, for the size of an encoded id; exact up to 53 bits, which is all that asks. */
export function distance(from: U64, to: U64): number {
  return typeof from === 'number' && typeof to === 'number' ? to - from : Number(BigInt(to) - BigInt(from));
}

/** What is no plain number goes through `strtoull`: leading zeros, blanks and signs pass, and a minus counts down from 2^64. */
function parseU64(text: string): U64 | undefined {
  if (text.length <= 15 && /^\d+$/.test(text)) return Number(text);
  const [, sign, digits] = /^[ \t-\r]*([+-]?)(\d+)$/.exec(text) ?? [];
  if (digits === undefined) return undefined;
  const value = BigInt(digits);
  const isPlain = /^-[1-9]/.test(text) && value <= 2n ** 63n;
  if (value > MAX_U64 || isPlain) return undefined;
  return normal(sign === '-' ? BigInt.asUintN(64, -value) : value);
}

function plus(value: U64, step: bigint): U64 {
  return normal(BigInt(value) + step);
}

function normal(value: bigint): U64 {
  return value <= BigInt(Number.MAX_SAFE_INTEGER) ? Number(value) : value;
}
