import { brokenByte, tooLong } from './broken.js';
import { ARRAY, BULK, CR, ERROR, INTEGER, LF, LONGEST, MINUS, NINE, SIMPLE, ZERO } from './signs.js';

const NOTHING = Buffer.alloc(0);

/** What the next byte is; inside of `string` the next `#length` bytes. */
type Place = 'sign' | 'digits' | 'first digit' | 'nil' | 'end of length' | 'string' | 'end of string' | 'line' | 'end of line';

/**
 * A value that is cut by the ends of chunks, anywhere: what has come of it, in one piece, and where the walk over it stands. It grows
 * with what has come, whatever the lengths in it say.
 */
export class CutValue {
  #held: Buffer = NOTHING;
  #size = 0;
  /** Values that are still to come, the one that is walked over included. */
  #left = 1;
  #place: Place = 'sign';
  #sign = 0;
  /** The length that is read, then what is left of the string. */
  #length = 0;

  /** All of it has come. */
  get isWhole(): boolean {
    return this.#left === 0;
  }

  /** What has come of it. */
  get bytes(): Buffer {
    return this.#held.subarray(0, this.#size);
  }

  /** Takes what belongs to the value, and says how much of the chunk that is: all of it, unless the value is whole now. */
  add(chunk: Buffer): number {
    const length = this.#walk(chunk);
    const size = this.#size + length;
    if (size > this.#held.length) {
      const more = Buffer.allocUnsafe(this.#size === 0 ? size : 2 * size);
      this.#held.copy(more, 0, 0, this.#size);
      this.#held = more;
    }
    chunk.copy(this.#held, this.#size, 0, length);
    this.#size = size;
    return length;
  }

  #walk(chunk: Buffer): number {
    for (let at = 0; at < chunk.length;) {
      if (this.#place === 'string') {
        const step = Math.min(this.#length, chunk.length - at);
        at += step;
        this.#length -= step;
        if (this.#length === 0) this.#place = 'end of string';
        continue;
      }
      this.#step(chunk[at++] ?? 0);
      if (this.#left === 0) return at;
    }
    return chunk.length;
  }

  #step(byte: number): void {
    switch (this.#place) {
      case 'sign':
        this.#sign = byte;
        this.#length = 0;
        if (byte === BULK || byte === ARRAY) this.#place = 'first digit';
        else if (byte === INTEGER || byte === SIMPLE || byte === ERROR) this.#place = 'line';
        else throw brokenByte(byte, 'where a value begins');
        return;
      case 'first digit':
        if (byte === MINUS) this.#place = 'nil';
        else this.#digit(byte);
        return;
      case 'digits':
        if (byte === CR) this.#place = 'end of length';
        else this.#digit(byte);
        return;
      case 'nil':
        // `$-1`: as if it were a line.
        if (byte !== ZERO + 1) throw brokenByte(byte, 'in a length');
        this.#place = 'line';
        this.#length = -1;
        return;
      case 'end of length':
        if (byte !== LF) throw brokenByte(byte, 'after a length');
        if (this.#sign === ARRAY) return this.#done(this.#length);
        this.#place = this.#length === 0 ? 'end of string' : 'string';
        return;
      case 'end of string':
        if (byte === CR) this.#place = 'end of line';
        else throw brokenByte(byte, 'after a string');
        return;
      case 'line':
        if (byte === CR) this.#place = 'end of line';
        else if (this.#length === -1) throw brokenByte(byte, 'in a length');
        return;
      case 'end of line':
        if (byte !== LF) throw brokenByte(byte, 'at the end of a line');
        return this.#done(0);
      case 'string':
        return;
    }
  }

  #digit(byte: number): void {
    if (byte < ZERO || byte > NINE) throw brokenByte(byte, 'in a length');
    this.#length = this.#length * 10 + byte - ZERO;
    if (this.#length > LONGEST) throw tooLong(this.#length);
    this.#place = 'digits';
  }

  /** One value is whole; so many are inside of it. */
  #done(inside: number): void {
    this.#left += inside - 1;
    this.#place = 'sign';
  }
}
