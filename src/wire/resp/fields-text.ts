import type { Fields, FieldValue } from '../../entry.js';
import { fieldsOf } from '../../flat.js';
import { NamesOnly } from '../../names-only.js';
import { codeAt, hasAt, piece } from '../../text.js';
import { BULK, CR, ZERO } from './signs.js';

/** What the bytes of an entry are, and what becomes of its values. */
export interface Made {
  readonly kind: 'ascii' | 'utf8' | 'binary';
  /** The names of earlier entries, by their place: nearly always those of this one, and as one string they are faster keys. */
  readonly names: string[];
}

/** So many names are remembered, each shorter than that: they outlive their entries. */
const REMEMBERED = 16;
const SHORT = 64;

const BEYOND_ASCII = /[\x80-\xff]/;

/*
 * The fields of one entry in a text of it, each byte a character, from the first name (with its length) on. It was walked over before, as
 * bytes: its lengths are right, and all in it are strings.
 */

export function listIn(text: string, from: number, made: Made): readonly FieldValue[] {
  return isText(text, made) ? pieces(text, from, made) : decoded(text, from, made);
}

export function fieldsIn(text: string, from: number, made: Made): Fields<FieldValue> {
  if (!isText(text, made)) return fieldsOf(decoded(text, from, made));
  const fields = new NamesOnly();
  const strings = new Strings(text, from);
  for (let place = 0; strings.next(); place++) {
    const name = nameAt(place, strings, made.names);
    if (strings.next()) fields[name] = piece(text, strings.from, strings.to);
  }
  return fields;
}

function isText(text: string, { kind }: Made): boolean {
  return kind === 'ascii' || (kind === 'utf8' && !BEYOND_ASCII.test(text));
}

function pieces(text: string, from: number, { names }: Made): string[] {
  const list: string[] = [];
  const strings = new Strings(text, from);
  for (let place = 0; strings.next(); place++) {
    list.push(nameAt(place, strings, names));
    if (strings.next()) list.push(piece(text, strings.from, strings.to));
  }
  return list;
}

function nameAt(place: number, { text, from, to }: Strings, names: string[]): string {
  const known = names[place];
  if (known?.length === to - from && hasAt(text, known, from)) return known;
  const name = piece(text, from, to);
  if (place < REMEMBERED && name.length < SHORT) names[place] = name;
  return name;
}

function decoded(text: string, from: number, made: Made): FieldValue[] {
  const isBinary = made.kind === 'binary';
  return pieces(text, from, made).map((piece, i) => {
    if (isBinary && i % 2 === 1) return Buffer.from(piece, 'latin1');
    return BEYOND_ASCII.test(piece) ? Buffer.from(piece, 'latin1').toString() : piece;
  });
}

/** One string of a list after another. */
class Strings {
  /** Where the present one is. */
  from: number;
  to: number;

  constructor(
    readonly text: string,
    from: number,
  ) {
    this.from = from;
    this.to = from - 2;
  }

  next(): boolean {
    const { text } = this;
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
