import { isAscii } from 'node:buffer';
import { CutValue } from './cut-value.js';

const NOTHING = Buffer.alloc(0);

/** Chunks of any size in, whole pieces out. What a chunk holds whole is read where it is; only what chunks have cut is copied. */
export class Inflow {
  /** The newest chunk. */
  bytes: Buffer = NOTHING;
  /** How much of it is taken. */
  at = 0;
  /** All of the chunk is ASCII; undefined: nobody has looked yet. */
  #isAscii: boolean | undefined;
  /** A value that began in an earlier chunk. */
  #cut: CutValue | undefined;

  feed(chunk: Buffer): void {
    this.#isAscii = undefined;
    if (this.#cut !== undefined) {
      this.bytes = chunk;
      this.at = this.#cut.add(chunk);
    } else {
      this.bytes = this.at === this.bytes.length ? chunk : Buffer.concat([this.bytes.subarray(this.at), chunk]);
      this.at = 0;
    }
  }

  /** The chunk's bytes are about to go: what was not taken of them is copied. */
  keep(): void {
    this.bytes = this.at < this.bytes.length ? Buffer.from(this.bytes.subarray(this.at)) : NOTHING;
    this.at = 0;
  }

  /** Lets go of a chunk that is all taken. */
  release(): void {
    if (this.at < this.bytes.length) return;
    this.bytes = NOTHING;
    this.at = 0;
  }

  /** Nothing has come that was not taken. */
  get isEmpty(): boolean {
    return this.#cut === undefined && this.at === this.bytes.length;
  }

  get isAscii(): boolean {
    this.#isAscii ??= isAscii(this.bytes);
    return this.#isAscii;
  }

  /** A value began in an earlier chunk: `value` gives it. */
  get isCut(): boolean {
    return this.#cut !== undefined;
  }

  /** Takes the next value, in bytes of its own; undefined: it has not all come. */
  value(): Buffer | undefined {
    if (this.#cut === undefined) {
      if (this.at === this.bytes.length) return undefined;
      this.#cut = new CutValue();
      this.at += this.#cut.add(this.bytes.subarray(this.at));
    }
    const cut = this.#cut;
    if (!cut.isWhole) return undefined;
    this.#cut = undefined;
    return cut.bytes;
  }
}
