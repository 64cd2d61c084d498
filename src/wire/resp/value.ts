import { broken } from './broken.js';
import { ARRAY, BULK, CR, ERROR, INTEGER, MINUS, ZERO } from './signs.js';

/** Lists in lists. Replies of Redis have five or so; a reply of brackets alone would exhaust the stack. */
const DEEPEST = 64;

/** An error reply: the server's text, as it came. */
export class Refusal {
  constructor(readonly text: string) {}
}

/** Makes values of bytes that were walked over before, so that their lengths are right. */
export class Values {
  /** Where the next one begins. */
  at: number;

  constructor(
    readonly bytes: Buffer,
    from: number,
    /** Strings as Buffers, each of its own: they do not keep the chunk alive. */
    readonly binary: boolean,
  ) {
    this.at = from;
  }

  next(depth = 0): unknown {
    const sign = this.bytes[this.at];
    if (sign === BULK) return this.#bulk();
    if (sign === ARRAY) return this.#list(depth);
    if (sign === INTEGER) return this.#number();
    const line = this.#line();
    if (sign === ERROR) return new Refusal(line.toString());
    return this.binary ? Buffer.from(line) : line.toString();
  }

  #list(depth: number): unknown[] | null {
    if (depth === DEEPEST) throw broken(`lists in lists, deeper than ${DEEPEST}`);
    const length = this.#number();
    if (length < 0) return null;
    const list: unknown[] = [];
    while (list.length < length) list.push(this.next(depth + 1));
    return list;
  }

  #bulk(): string | Buffer | null {
    const length = this.#number();
    if (length < 0) return null;
    const from = this.at;
    this.at += length + 2;
    return this.binary ? Buffer.from(this.bytes.subarray(from, from + length)) : this.bytes.toString('utf8', from, from + length);
  }

  /** Like the client's parser, digit by digit: beyond MAX_SAFE_INTEGER the last ones are lost. */
  #number(): number {
    const { bytes } = this;
    let at = this.at + 1;
    const isNegative = bytes[at] === MINUS;
    if (isNegative) at++;
    let number = 0;
    for (let digit = bytes[at]; digit !== undefined && digit !== CR; digit = bytes[++at]) number = number * 10 + (digit - ZERO);
    this.at = at + 2;
    return isNegative ? -number : number;
  }

  #line(): Buffer {
    const end = this.bytes.indexOf(CR, this.at);
    const line = this.bytes.subarray(this.at + 1, end);
    this.at = end + 2;
    return line;
  }
}
