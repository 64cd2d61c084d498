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
    if (elements !== 2 && elements !== 4) return false;
    const id = this.#head(bytes, BULK);
    this.idFrom = this.at;
    this.idTo = this.at + id;
    if (id < 0 || !isEnd(bytes, this.idTo)) return false;
    this.at = this.idTo + 2;
    const isNilString = bytes[this.at] === BULK;
    const fields = this.#head(bytes, isNilString ? BULK : ARRAY);
    this.fieldsFrom = this.at;
    if (fields === NIL) this.fieldsTo = 0;
    else if (fields === NO || isNilString || !this.#strings(bytes, fields)) return false;
    else this.fieldsTo = this.at;
    return elements === 2 || (this.#head(bytes, INTEGER) >= 0 && this.#head(bytes, INTEGER) >= 0);
  }

  /** `<sign><digits>\r\n` */
  #head(bytes: Buffer, sign: number): number {
    let { at } = this;
    if (bytes[at] !== sign) return NO;
    let digit = bytes[++at];
    let number = 0;
    const first = at;
    if (digit === MINUS) {
      number = bytes[++at] === ZERO + 1 ? NIL : NO;
      digit = bytes[++at];
    } else {
      for (; digit !== undefined && digit >= ZERO && digit <= NINE; digit = bytes[++at]) number = number * 10 + digit - ZERO;
    }
    if (at === first || !isEnd(bytes, at)) return NO;
    this.at = at + 2;
    return number;
  }

  /** So many strings, in one go: here the time is spent. */
  #strings(bytes: Buffer, count: number): boolean {
    let { at } = this;
    for (let left = count; left > 0; left--) {
      if (bytes[at] !== BULK) return false;
      let length = 0;
      const first = ++at;
      for (let digit = bytes[at]; digit !== undefined && digit >= ZERO && digit <= NINE; digit = bytes[++at])
        length = length * 10 + digit - ZERO;
      if (at === first || !isEnd(bytes, at)) return false;
      at += 2 + length;
      if (!isEnd(bytes, at)) return false;
      at += 2;
    }
    this.at = at;
    return true;
  }
}

function isEnd(bytes: Buffer, at: number): boolean {
  return bytes[at] === CR && bytes[at + 1] === LF;
}
