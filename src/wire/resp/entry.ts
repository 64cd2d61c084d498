import type { FieldValue } from '../../entry.js';
import type { Flat } from '../../flat.js';
import { piece } from '../../text.js';
import type { RawEntry } from '../port.js';
import { broken } from './broken.js';
import type { EntryWalk } from './entry-walk.js';
import { FieldsText, type Kind } from './fields-text.js';

/** Bytes up to which the fields of an entry share one text. Beyond, each is on its own: a small value does not keep a large one alive. */
export const SHARED = 16 * 1024;

/** Characters of which V8 makes a copy. Of more a `slice` is a view, and keeps the whole text alive. */
const COPIED = 12;

/** The entry that was walked over, not larger than `SHARED`. */
export function entryOf(bytes: Buffer, walk: EntryWalk, { kind, names }: { kind: Kind; names: string[] }): RawEntry {
  const { idFrom, idTo, fieldsFrom, fieldsTo } = walk;
  if (kind === 'ascii' && fieldsTo !== 0 && idTo - idFrom <= 2 * COPIED) {
    // One text of bytes instead of two: to make one costs more than all that is read in it.
    const text = bytes.toString('latin1', idFrom, fieldsTo);
    return { id: apart(text, idTo - idFrom), pairs: new FieldsText(text, { from: fieldsFrom - idFrom, kind, names }) };
  }
  const id = bytes.toString('utf8', idFrom, idTo);
  if (fieldsTo === 0) return { id, pairs: null };
  return { id, pairs: new FieldsText(bytes.toString('latin1', fieldsFrom, fieldsTo), { from: 0, kind, names }) };
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
