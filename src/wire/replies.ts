import { kindOf } from '../checks.js';
import type { FieldValue } from '../entry.js';
import { listOf } from '../flat.js';
import type { StreamInfo } from '../checkpoint.js';
import { withoutPrefix } from './key-prefix.js';
import type { Letter } from './letters.js';
import type { PendingRow, RawEntry, StreamReply } from './port.js';
import { ORIGIN_FIELDS } from './scripts.js';

/*
 * Replies as they come from ioredis 5 and 6, RESP2 and RESP3, `legacy` and `resp3` mapping, strings or Buffers (shapes measured).
 * Field lists of strings are passed on as they came: the hot path copies nothing per field.
 */

/** The reply of XREAD or XREADGROUP: `[[key, entries]]`, `[key, entries, …]`, `{ key: entries }`, a Map, or nil. */
export function streams(reply: unknown, prefix: string): readonly StreamReply[] {
  if (reply === null || reply === undefined) return [];
  const parsed: StreamReply[] = [];
  for (const [key, rows] of keyed(reply)) {
    parsed.push({ stream: withoutPrefix(text(key), prefix), entries: entries(rows) });
  }
  return parsed;
}

/** The reply of XRANGE, and the entries of a stream in a read. */
export function entries(reply: unknown): RawEntry[] {
  if (reply === null || reply === undefined) return [];
  return list(reply).map(entry);
}

/** The fields of the one entry in the reply of XRANGE, names included as they are; undefined without one. */
export function exactFields(reply: unknown): readonly Buffer[] | undefined {
  const [row] = list(reply);
  return row === undefined ? undefined : (list(list(row)[1]) as Buffer[]);
}

/** `[id, fields]`, with two more elements after CLAIM; `[id, nil]` is pending and no longer in the stream. */
function entry(reply: unknown): RawEntry {
  const row = list(reply);
  return { id: text(row[0]), pairs: pairs(row[1]) };
}

/** Names become strings; values stay what they were. */
function pairs(fields: unknown): readonly FieldValue[] | null {
  if (fields === null || fields === undefined) return null;
  const flat = Array.isArray(fields) ? (fields as FieldValue[]) : keyed(fields).flat();
  if (typeof flat[0] === 'string' || flat.length === 0) return flat as FieldValue[];
  return flat.map((value, index) => (index % 2 === 0 ? text(value) : (value as FieldValue)));
}

/** The rows of XPENDING. An entry without an owner (XNACK, Redis 8.8) has the consumer '' and idle -1. */
export function pendingRows(reply: unknown): PendingRow[] {
  return list(reply).map((row) => {
    const [id, consumer, idle, count] = list(row);
    // A count beyond MAX_SAFE_INTEGER (XNACK FATAL) loses its last digits here: compare counts with >=, never ===.
    return { id: text(id), consumer: text(consumer), idle: Number(idle), count: Number(count) };
  });
}

/** Entries of a dead-letter stream: what a script of ours has put there ends in the fields that it adds. */
export function letters(reply: unknown): Letter[] {
  return entries(reply).map(({ id, pairs: flat }) => {
    const found = flat === null ? [] : listOf(flat);
    const at = found.length - 2 * ORIGIN_FIELDS.length;
    const ours = at > 0 && ORIGIN_FIELDS.every((name, i) => text(found[at + 2 * i]) === name);
    return { id, origin: ours ? text(found[at + 1]) : undefined };
  });
}

/** Each of `XINFO GROUPS`. */
export function eachNamed(reply: unknown): Map<string, unknown>[] {
  return list(reply).map(named);
}

/** `XINFO STREAM`: read by name, never by place, because servers add fields. */
export function named(reply: unknown): Map<string, unknown> {
  return new Map(keyed(reply).map(([name, value]) => [text(name), value]));
}

/** What we need of `XINFO STREAM`. The two counts of deleted and added entries are there since Redis 7.0. */
export function streamInfo(reply: unknown): StreamInfo {
  const info = named(reply);
  const [maxDeleted, added, first] = ['max-deleted-entry-id', 'entries-added', 'first-entry'].map(
    (name) => info.get(name) ?? undefined,
  );
  return {
    lastGenerated: text(info.get('last-generated-id')),
    maxDeleted: maxDeleted === undefined ? undefined : text(maxDeleted),
    added: added === undefined ? undefined : Number(added),
    length: Number(info.get('length')),
    first: first === undefined ? undefined : text(list(first)[0]),
  };
}

/** Texts and nils, as a script replies them. */
export function items(reply: unknown): (string | undefined)[] {
  return list(reply).map((item) => (item === null || item === undefined ? undefined : text(item)));
}

/** The ids that a script or `XCLAIM … JUSTID` replies. */
export function ids(reply: unknown): string[] {
  return list(reply).map(text);
}

/** The ids of rows that begin with one: entries, and entries that are pending. */
export function rowIds(reply: unknown): string[] {
  return list(reply).map((row) => text(list(row)[0]));
}

/** TIME: seconds, and the microseconds of the one that has begun. In ms. */
export function time(reply: unknown): number {
  const [seconds, micros] = list(reply);
  return Number(seconds) * 1_000 + Math.floor(Number(micros) / 1_000);
}

/** What the take-over script replies: `[id, fields or nil, count]`. */
export function taken(reply: unknown): (RawEntry & { attempt: number })[] {
  return list(reply).map((row) => ({ ...entry(row), attempt: Number(list(row)[2]) }));
}

/** The two lists of ids that a script replies. */
export function idLists(reply: unknown): readonly [string[], string[]] {
  const [first, second] = list(reply);
  return [ids(first), ids(second)];
}

/** Text of a string, a Buffer or a number; nil is ''. */
export function text(value: unknown): string {
  if (typeof value === 'string') return value;
  return Buffer.isBuffer(value) || typeof value === 'number' ? value.toString() : '';
}

/** Pairs of a nested list, a flat one, a Map or an object. A flat list begins with a name, a nested one with a pair. */
function keyed(reply: unknown): (readonly [unknown, unknown])[] {
  if (reply instanceof Map) return [...(reply as Map<unknown, unknown>)];
  if (!Array.isArray(reply)) return isObject(reply) ? Object.entries(reply) : unexpected(reply);
  const items = reply as unknown[];
  if (Array.isArray(items[0])) return items as [unknown, unknown][];
  return items.flatMap((item, index): [unknown, unknown][] => (index % 2 === 0 ? [[item, items[index + 1]]] : []));
}

function isObject(reply: unknown): reply is object {
  return typeof reply === 'object' && reply !== null && !Buffer.isBuffer(reply);
}

function list(reply: unknown): readonly unknown[] {
  return Array.isArray(reply) ? (reply as unknown[]) : unexpected(reply);
}

function unexpected(reply: unknown): never {
  throw new TypeError(`Redis replied with ${kindOf(reply)} where a list was expected`);
}
