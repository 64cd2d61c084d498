import { kindOf } from './checks.js';

/** What a field of a new entry may hold. */
export type Word = string | number | Buffer;

/** The fields of a new entry: by name, or as pairs, where their order counts or names are repeated. */
export type Outgoing = Readonly<Record<string, Word>> | readonly (readonly [name: string, value: Word])[];

const ALLOWED = 'an object of fields, or a list of [name, value], at least one, each a string, a number or a Buffer';

/** Names and values flat. What is none of it is a `TypeError` that says what kind of thing came, and quotes nothing: it may be a secret. */
export function flatOf(fields: unknown, { from }: { readonly from: string }): readonly Word[] {
  if (typeof fields !== 'object' || fields === null || Buffer.isBuffer(fields)) throw wrong(from, kindOf(fields));
  const pairs: readonly unknown[] = Array.isArray(fields) ? fields : Object.entries(fields);
  if (pairs.length === 0) throw wrong(from, Array.isArray(fields) ? '[]' : 'an object without fields');
  const flat: Word[] = [];
  for (const pair of pairs) {
    if (!Array.isArray(pair) || pair.length !== 2) throw wrong(from, `a list with ${kindOf(pair)} in it`);
    const [name, value] = pair as [unknown, unknown];
    const number = flat.length / 2 + 1;
    if (!isWord(name)) throw wrong(from, `fields, of which no. ${number} has a name that is ${kindOf(name)}`);
    if (!isWord(value)) throw wrong(from, `fields, of which no. ${number} is ${kindOf(value)}`);
    flat.push(name, value);
  }
  return flat;
}

function isWord(value: unknown): value is Word {
  return typeof value === 'string' || (typeof value === 'number' && Number.isFinite(value)) || Buffer.isBuffer(value);
}

function wrong(from: string, got: string): TypeError {
  return new TypeError(`${from} is ${got}, but must be ${ALLOWED}.`);
}
