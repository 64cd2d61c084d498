import type { Fields, FieldValue } from '../../entry.js';
import { fieldsOf, type LazyFlat } from '../../flat.js';
import { NamesOnly } from '../../names-only.js';
import { codeAt, hasAt, piece } from '../../text.js';
import { BULK, CR, ZERO } from './signs.js';

/** What its bytes are, and what becomes of its values. */
export type Kind = 'ascii' | 'utf8' | 'binary';

/** So many names are remembered, each shorter than that: they outlive their entries. */
const REMEMBERED = 16;
const SHORT = 64;

const BEYOND_ASCII = /[\x80-\xff]/;

/**
 * The fields of one entry as they came, each byte a character: names and values are made when somebody looks. A value is a piece of this
 * text, so it keeps its own entry alive and nothing of the chunk. The text was walked over before, as bytes: its lengths are right, and
 * all in it are strings.
 */
export class FieldsText implements LazyFlat {
  readonly text: string;
  /** Where the first name begins in it, with its length. */
  readonly from: number;
  readonly kind: Kind;
  /** The names of earlier entries, by their place: nearly always those of this one, and as one string they are faster keys. */
  readonly names: string[];

  constructor(text: string, { from, kind, names }: Pick<FieldsText, 'from' | 'kind' | 'names'>) {
    this.text = text;
    this.from = from;
    this.kind = kind;
    this.names = names;
  }

  list(): readonly FieldValue[] {
    return this.#isText ? this.#pieces() : this.#decoded();
  }

  /** Without a list of them first: they are what nearly everybody looks at. */
  fields(): Fields<FieldValue> {
    if (!this.#isText) return fieldsOf(this.#decoded());
    const { text } = this;
    const fields = new NamesOnly();
    const strings = new Strings(text, this.from);
    for (let place = 0; strings.next(); place++) {
      const name = this.#name(place, strings.from, strings.to);
      if (strings.next()) fields[name] = piece(text, strings.from, strings.to);
    }
    return fields;
  }

  get #isText(): boolean {
    return this.kind === 'ascii' || (this.kind === 'utf8' && !BEYOND_ASCII.test(this.text));
  }

  #pieces(): string[] {
    const { text } = this;
    const list: string[] = [];
    const strings = new Strings(text, this.from);
    for (let place = 0; strings.next(); place++) {
      list.push(this.#name(place, strings.from, strings.to));
      if (strings.next()) list.push(piece(text, strings.from, strings.to));
    }
    return list;
  }

  #name(place: number, from: number, to: number): string {
    const { text, names } = this;
    const known = names[place];
    if (known?.length === to - from && hasAt(text, known, from)) return known;
    const name = piece(text, from, to);
    if (place < REMEMBERED && name.length < SHORT) names[place] = name;
    return name;
  }

  #decoded(): FieldValue[] {
    const isBinary = this.kind === 'binary';
    return this.#pieces().map((piece, i) => {
      if (isBinary && i % 2 === 1) return Buffer.from(piece, 'latin1');
      return BEYOND_ASCII.test(piece) ? Buffer.from(piece, 'latin1').toString() : piece;
    });
  }
}

/** One string of a list after another. */
class Strings {
  /** Where the present one is. */
  from: number;
  to: number;
  readonly #text: string;

  constructor(text: string, from: number) {
    this.#text = text;
    this.from = from;
    this.to = from - 2;
  }

  next(): boolean {
    const text = this.#text;
    let at = this.to + 2;
    // Behind the last one. (Not by what `charCodeAt` says there: V8 would throw away what it has compiled.)
    if (at >= text.length || codeAt(text, at) !== BULK) return false;
    let length = 0;
    for (let digit = codeAt(text, ++at); digit !== CR; digit = codeAt(text, ++at)) length = length * 10 + digit - ZERO;
    this.from = at + 2;
    this.to = this.from + length;
    return true;
  }
}
