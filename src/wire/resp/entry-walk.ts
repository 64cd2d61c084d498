import { ARRAY, BULK, CR, INTEGER, LF, MINUS, NINE, ZERO } from './signs.js';

/** Not there, or not what was asked for. */
const NO = -2;
const NIL = -1;

/**
 * Walks over one entry as Redis sends it, `[id, fields]` and after CLAIM two numbers more, by the lengths on the bytes: nothing is made
 * of it. What is cut, broken or of another make is left to the slower way, which knows them apart.
 */
export class EntryWalk {
  idFrom = 0;
  idTo = 0;
  /** The fields, without the head of their list. */
  fieldsFrom = 0;
  /** Where they end; 0: the list is nil, because the entry is gone. */
  fieldsTo = 0;
  /** Where the walk stands: after a whole entry its end. */
  at = 0;

  /** Whether a whole entry begins at `from`. */
  pass(bytes: Buffer, from: number): boolean {
    this.at = from;
    const elements = this.#head(bytes, ARRAY);
    if (elements < 2 || elements === 3 || elements > 4) return false;
    if (!this.#string(bytes)) return false;
    const isNilString = this.at < bytes.length && bytes[this.at] === BULK;
    const fields = this.#head(bytes, isNilString ? BULK : ARRAY);
    this.fieldsFrom = this.at;
    if (fields === NIL) this.fieldsTo = 0;
    else if (fields === NO || isNilString || !this.#strings(bytes, fields)) return false;
    else this.fieldsTo = this.at;
    return elements === 2 || (this.#head(bytes, INTEGER) >= 0 && this.#head(bytes, INTEGER) >= 0);
  }

  /** Whether a whole string begins at `from`: as if it were an id. */
  passString(bytes: Buffer, from: number): boolean {
    this.at = from;
    return this.#string(bytes);
  }

  /** Whether a whole number begins at `from`, and which: undefined where it is none, cut, or negative. */
  passNumber(bytes: Buffer, from: number): number | undefined {
    this.at = from;
    const number = this.#head(bytes, INTEGER);
    return number < 0 ? undefined : number;
  }

  #string(bytes: Buffer): boolean {
    const length = this.#head(bytes, BULK);
    this.idFrom = this.at;
    this.idTo = this.at + length;
    if (length < 0 || !isEnd(bytes, this.idTo)) return false;
    this.at = this.idTo + 2;
    return true;
  }

  /** `<sign><digits>\r\n` */
  #head(bytes: Buffer, sign: number): number {
    let { at } = this;
    const end = bytes.length;
    if (at >= end || bytes[at] !== sign) return NO;
    const isNegative = at + 1 < end && bytes[at + 1] === MINUS;
    const first = at + (isNegative ? 2 : 1);
    let number = 0;
    for (at = first; at < end; at++) {
      const digit = bytes[at] ?? 0;
      if (digit < ZERO || digit > NINE) break;
      number = number * 10 + (digit - ZERO); // beyond MAX_SAFE_INTEGER as the parser does
    }
    if (at === first || !isEnd(bytes, at)) return NO;
    this.at = at + 2;
    if (isNegative) return number === 1 ? NIL : NO;
    return number;
  }

  /** So many strings, in one go: here the time is spent. */
  #strings(bytes: Buffer, count: number): boolean {
    let { at } = this;
    const end = bytes.length;
    for (let left = count; left > 0; left--) {
      if (at >= end || bytes[at] !== BULK) return false;
      let length = 0;
      const first = ++at;
      for (; at < end; at++) {
        const digit = bytes[at] ?? 0;
        if (digit < ZERO || digit > NINE) break;
        length = length * 10 + digit - ZERO;
      }
      if (at === first || !isEnd(bytes, at)) return false;
      at += 2 + length;
      if (!isEnd(bytes, at)) return false;
      at += 2;
    }
    this.at = at;
    return true;
  }
}

/** Never looks behind the last byte: V8 would throw away what it has compiled. */
function isEnd(bytes: Buffer, at: number): boolean {
  return at + 1 < bytes.length && bytes[at] === CR && bytes[at + 1] === LF;
}
