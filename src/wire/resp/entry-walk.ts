import { ARRAY, BULK, CR, INTEGER, LF, MINUS, ZERO } from './signs.js';

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
  /** The list of fields, with its head. */
  fieldsFrom = 0;
  /** Where that list ends; 0: it is nil, because the entry is gone. */
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
    if (!this.#skip(bytes, id)) return false;
    this.idTo = this.at - 2;
    this.fieldsFrom = this.at;
    const fields = this.#head(bytes, bytes[this.at] === BULK ? BULK : ARRAY);
    if (fields === NIL) this.fieldsTo = 0;
    else if (fields === NO || bytes[this.fieldsFrom] === BULK) return false;
    else {
      for (let left = fields; left > 0; left--) {
        if (!this.#skip(bytes, this.#head(bytes, BULK))) return false;
      }
      this.fieldsTo = this.at;
    }
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
      for (; digit !== undefined && digit >= ZERO && digit < ZERO + 10; digit = bytes[++at]) number = number * 10 + digit - ZERO;
    }
    if (digit !== CR || bytes[at + 1] !== LF || at === first) return NO;
    this.at = at + 2;
    return number;
  }

  /** A string of that length, and its end. */
  #skip(bytes: Buffer, length: number): boolean {
    const end = this.at + length;
    if (length < 0 || end + 2 > bytes.length || bytes[end] !== CR || bytes[end + 1] !== LF) return false;
    this.at = end + 2;
    return true;
  }
}
