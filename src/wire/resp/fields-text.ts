import type { FieldValue } from '../../entry.js';
import type { LazyFlat } from '../../flat.js';
import { BULK, CR, ZERO } from './signs.js';

/** What its bytes are, and what becomes of its values. */
export type Kind = 'ascii' | 'utf8' | 'binary';

/** So many names are remembered, each no longer than that: they outlive their entries. */
const REMEMBERED = 32;
const SHORT = 64;

const BEYOND_ASCII = /[\x80-\xff]/;

/**
 * The fields of one entry as they came, each byte a character: the list of names and values is made when somebody looks. A value is a
 * piece of this text, so it keeps its own entry alive and nothing of the chunk.
 */
export class FieldsText implements LazyFlat {
  constructor(
    readonly text: string,
    readonly kind: Kind,
    /** The names of earlier entries, by their place: nearly always those of this one, and as one string they are faster keys. */
    readonly names: string[],
  ) {}

  list(): readonly FieldValue[] {
    const isText = this.kind === 'ascii' || (this.kind === 'utf8' && !BEYOND_ASCII.test(this.text));
    return isText ? this.#pieces() : this.#decoded();
  }

  /** The text was walked over before, as bytes: its lengths are right, and all in it are strings. */
  #pieces(): string[] {
    const { text, names } = this;
    const list: string[] = [];
    for (let at = text.indexOf('\n') + 1; text.charCodeAt(at) === BULK;) {
      let length = 0;
      for (let digit = text.charCodeAt(++at); digit !== CR; digit = text.charCodeAt(++at)) length = length * 10 + digit - ZERO;
      at += 2;
      const name = list.length % 2 === 0 ? names[list.length] : undefined;
      if (name?.length === length && text.startsWith(name, at)) list.push(name);
      else list.push(text.slice(at, at + length));
      at += length + 2;
    }
    this.#remember(list);
    return list;
  }

  #remember(list: readonly string[]): void {
    const { names } = this;
    for (let i = 0; i < list.length && i < REMEMBERED; i += 2) {
      const name = list[i];
      if (name !== undefined && name !== names[i] && name.length < SHORT) names[i] = name;
    }
  }

  #decoded(): FieldValue[] {
    const isBinary = this.kind === 'binary';
    return this.#pieces().map((piece, i) => {
      if (isBinary && i % 2 === 1) return Buffer.from(piece, 'latin1');
      return BEYOND_ASCII.test(piece) ? Buffer.from(piece, 'latin1').toString() : piece;
    });
  }
}
