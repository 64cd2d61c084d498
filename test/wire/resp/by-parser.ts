import { createRequire } from 'node:module';
import { isDeepStrictEqual } from 'node:util';
import { fieldsOf, listOf, type Flat } from '../../../src/flat.js';
import * as replies from '../../../src/wire/replies.js';
import type { Asked, Reply } from '../../../src/wire/resp/decoder.js';

interface Parser {
  execute(chunk: Buffer): void;
}
const RedisParser = createRequire(import.meta.url)('redis-parser') as new (options: object) => Parser;

/** What a reply comes to, made comparable: fields that are made lazily are made, and errors are told by their text. */
export type Told = { refused: string } | { value: unknown } | { streams: unknown };

/** The replies in these bytes as ioredis 5 has them: its parser makes Buffers of everything, the client texts of those. */
export function byParser(bytes: Buffer, asked: Asked): Told[] {
  const told: Told[] = [];
  const parser = new RedisParser({
    returnBuffers: true,
    returnError: (error: Error) => told.push({ refused: error.message }),
    returnFatalError: (error: Error) => {
      throw error;
    },
    returnReply: (reply: unknown) => {
      const value = asked.binary ? named(reply) : texts(reply);
      told.push(asked.for === 'value' ? { value } : { streams: replies.streams(value, '') });
    },
  });
  parser.execute(bytes);
  return told;
}

/** The same of a reply that the decoder gave. */
export function toldOf(reply: Reply): Told {
  if (reply.type === 'refused') return { refused: reply.text };
  if (reply.type === 'value') return { value: named(reply.value) };
  return {
    streams: reply.streams.map(({ stream, entries }) => ({
      stream,
      entries: entries.map(({ id, pairs }) => ({ id, pairs: pairs === null ? null : seen(pairs) })),
    })),
  };
}

/** Looked at by name too, which comes to the same. */
function seen(pairs: Flat): readonly unknown[] {
  const list = listOf(pairs);
  if (!isDeepStrictEqual(fieldsOf(pairs), fieldsOf(list)))
    throw new Error(`${JSON.stringify(fieldsOf(pairs))} of ${JSON.stringify(list)}`);
  return list;
}

/** Errors inside of a list: each side has a class of its own. */
function named(value: unknown): unknown {
  if (value instanceof Error) return { refused: value.message };
  if (Array.isArray(value)) return value.map(named);
  return typeof value === 'object' && value !== null && 'text' in value ? { refused: value.text } : value;
}

function texts(value: unknown): unknown {
  if (Buffer.isBuffer(value)) return value.toString();
  return Array.isArray(value) ? value.map(texts) : named(value);
}
