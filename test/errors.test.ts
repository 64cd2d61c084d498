import { inspect } from 'node:util';
import { describe, expect, test } from 'vitest';
import { DecodeError } from '../src/errors.js';
import { decodeInto } from '../src/sources/decoding.js';
import { StreamEntry } from '../src/sources/delivery.js';
import type { Hold } from '../src/acks/hold.js';
import type { Decode } from '../src/plan.js';
import type { FieldValue } from '../src/entry.js';
import type { StandardSchema } from '../src/standard-schema.js';

const SECRET = 'planted-secret';

/** What `decode` ends with for an entry that holds a secret in a name and in a value. */
async function failed(decode: Decode<unknown, FieldValue>): Promise<DecodeError> {
  const hold = { book: { stream: 'orders' }, id: '1-0' } as Hold;
  const entry = new StreamEntry<unknown, FieldValue>(hold, ['body', SECRET, `name ${SECRET}`, '1'], 'fresh');
  try {
    await decodeInto(entry, decode);
  } catch (error) {
    if (error instanceof DecodeError) return error;
    throw error;
  }
  throw new Error('it was decoded');
}

const schema: StandardSchema = {
  '~standard': {
    version: 1,
    vendor: 'test',
    validate: () => ({ issues: [{ message: `${SECRET} is no number`, path: [`name ${SECRET}`] }] }),
  },
};

describe.each<[string, Decode<unknown, FieldValue>]>([
  ['JSON.parse, which quotes what it cannot parse', ({ body }) => JSON.parse(String(body)) as unknown],
  ['a promise', ({ body }) => Promise.reject(new TypeError(`not a body: ${String(body)}`, { cause: body }))],
  ['something that is no error', ({ body }) => Promise.reject(String(body))],
  ['a schema, whose issues quote the value', schema],
])('a DecodeError of %s', (_, decode) => {
  test('shows stream and id, and nothing of the entry, however it is printed', async () => {
    const error = await failed(decode);
    const printed = [
      inspect(error, { depth: null }),
      JSON.stringify(error),
      String(error),
      error.stack ?? '',
      inspect({ ...error }),
      inspect(new Error('above', { cause: error }), { depth: null }),
    ];
    for (const each of printed) expect(each).not.toContain(SECRET);
    expect(printed[0]).toContain("entry: { stream: 'orders', id: '1-0' }");
    expect(JSON.parse(printed[1] ?? '')).toEqual({
      name: 'DecodeError',
      code: 'DECODE_FAILED',
      entry: { stream: 'orders', id: '1-0' },
    });
    expect(error.message).toContain('Entry 1-0 of orders cannot be decoded');
  });

  test('has all of it for whoever asks', async () => {
    const { entry, issues, reason } = await failed(decode);
    expect(entry.fields).toEqual({ body: SECRET, [`name ${SECRET}`]: '1' });
    const found = inspect([issues, reason]);
    expect(found).toContain(SECRET);
  });
});
