import type { Fields, FieldValue } from '../../entry.js';
import type { Flat, LazyFlat } from '../../flat.js';
import { piece } from '../../text.js';
import type { RawEntry } from '../port.js';
import { broken } from './broken.js';
import type { EntryWalk } from './entry-walk.js';
import { fieldsIn, listIn, type Made } from './fields-text.js';

/** Bytes up to which the fields of an entry share one text. Beyond, each is on its own: a small value does not keep a large one alive. */
export const SHARED = 16 * 1024;

/** Characters of which V8 makes a copy. Of more a `slice` is a view, and keeps the whole text alive. */
const COPIED = 12;

/**
 * An entry that was walked over, not larger than `SHARED`. Nothing is made of it before somebody asks, or its bytes are about to go; then one
 * text of it, each byte a character. A name or value is a piece of that, so it keeps its own entry alive and nothing of the chunk.
 */
export class WalkedEntry implements RawEntry, LazyFlat {
  /** Where it lies, until it is made. */
  #bytes: Buffer | undefined;
  readonly #idFrom: number;
  readonly #idTo: number;
  /** Where the first name begins, with its length: in the bytes, then in the text. */
  #from: number;
  /** 0: it is gone from the stream. */
  readonly #fieldsTo: number;
  readonly #made: Made;
  #id = '';
  #text = '';

  constructor(bytes: Buffer, { idFrom, idTo, fieldsFrom, fieldsTo }: EntryWalk, made: Made) {
    this.#bytes = bytes;
    this.#idFrom = idFrom;
    this.#idTo = idTo;
    this.#from = fieldsFrom;
    this.#fieldsTo = fieldsTo;
    this.#made = made;
  }

  get id(): string {
    this.make();
    return this.#id;
  }

  get pairs(): Flat | null {
    return this.#fieldsTo === 0 ? null : this;
  }

  list(): readonly FieldValue[] {
    this.make();
    return listIn(this.#text, this.#from, this.#made);
  }

  /** Without a list of them first: they are what nearly everybody looks at. */
  fields(): Fields<FieldValue> {
    this.make();
    return fieldsIn(this.#text, this.#from, this.#made);
  }

  /** From now on it needs its bytes no more. */
  make(): void {
    const bytes = this.#bytes;
    if (bytes === undefined) return;
    this.#bytes = undefined;
    const idFrom = this.#idFrom;
    const idTo = this.#idTo;
    const fieldsTo = this.#fieldsTo;
    if (this.#made.kind === 'ascii' && fieldsTo !== 0 && idTo - idFrom <= 2 * COPIED) {
      // One text of bytes instead of two: to make one costs more than all that is read in it.
      this.#text = bytes.toString('latin1', idFrom, fieldsTo);
      this.#id = apart(this.#text, idTo - idFrom);
      this.#from -= idFrom;
    } else {
      this.#id = bytes.toString('utf8', idFrom, idTo);
      if (fieldsTo !== 0) this.#text = bytes.toString('latin1', this.#from, fieldsTo);
      this.#from = 0;
    }
  }
}

/** The beginning of a text, in two copied halves: ids are kept until their acks are confirmed, and would keep all of their entries. */
function apart(text: string, length: number): string {
  const half = length >> 1;
  return piece(text, 0, half) + piece(text, half, length);
}

/** An entry that was made as any other value is: large, or of another make than Redis's. */
export function entryFrom(value: unknown): RawEntry {
  const [id, fields] = Array.isArray(value) ? (value as unknown[]) : [];
  if (!isText(id)) throw broken('an entry without an id');
  return { id: id.toString(), pairs: fields === null || fields === undefined ? null : flat(fields) };
}

function flat(fields: unknown): Flat {
  if (!Array.isArray(fields) || !fields.every(isText)) throw broken('an entry without a list of fields');
  return fields.map((field, index) => (index % 2 === 0 ? field.toString() : field));
}

function isText(value: unknown): value is FieldValue {
  return typeof value === 'string' || Buffer.isBuffer(value);
}
