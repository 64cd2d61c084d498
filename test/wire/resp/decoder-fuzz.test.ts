/** 100,000 cases: replies that are made up, each cut in many ways, beside what the parser of ioredis makes of them. CI runs all of them. */
import { isDeepStrictEqual } from 'node:util';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { isStreamsError } from '../../../src/errors.js';
import { byParser, type Told } from './by-parser.js';
import { ANY, ANY_BYTES, cutAt, decoded, READ, READ_BYTES } from './decoding.js';

const CASES = 100_000;
/** Each reply is cut in so many ways. */
const CUTS = 50;

const part = (text: string | Uint8Array): Buffer => Buffer.from(text as string);
const bulk = (value: Uint8Array): Buffer => Buffer.concat([part(`$${value.length}\r\n`), value, part('\r\n')]);
const list = (values: readonly Buffer[]): Buffer => Buffer.concat([part(`*${values.length}\r\n`), ...values]);

const long = (length: fc.IntegerConstraints): fc.Arbitrary<Buffer> =>
  fc.integer(length).map((length) => part('long é '.repeat(length / 8)));
/** Text, text with what RESP is made of, other alphabets, and bytes that are no text at all. */
const string = fc.oneof(
  { weight: 8, arbitrary: fc.string({ maxLength: 12 }).map(part) },
  { weight: 2, arbitrary: fc.stringMatching(/^[$*:+\-\r\n0-9]{0,12}$/).map(part) },
  { weight: 2, arbitrary: fc.string({ unit: 'binary', maxLength: 8 }).map(part) },
  { weight: 1, arbitrary: fc.uint8Array({ maxLength: 12 }) },
  { weight: 1, arbitrary: long({ min: 100, max: 400 }) },
);
const id = fc.tuple(fc.nat(), fc.nat(9)).map(([ms, seq]) => part(`${ms}-${seq}`));
const nil = fc.constantFrom('*-1\r\n', '$-1\r\n').map(part);
const number = fc.maxSafeInteger().map((n) => part(`:${n}\r\n`));
const fields = fc.oneof(
  { weight: 90, arbitrary: fc.array(string, { maxLength: 6 }).map((all) => list(all.map(bulk))) },
  { weight: 9, arbitrary: nil },
  // about as much as may share one text
  { weight: 1, arbitrary: long({ min: 16_000, max: 17_000 }).map((large) => list([bulk(part('f')), bulk(large)])) },
);
const entry = fc.oneof(
  fc.tuple(id, fields).map(([id, fields]) => list([bulk(id), fields])),
  fc.tuple(id, fields, number, number).map(([id, fields, ...numbers]) => list([bulk(id), fields, ...numbers])),
);
const stream = fc.tuple(string, fc.array(entry, { maxLength: 4 })).map(([name, entries]) => list([bulk(name), list(entries)]));
const line = fc.string({ maxLength: 30 }).map((text) => text.replace(/[\r\n]/g, ' '));
const refusal = line.map((text) => part(`-ERR ${text}\r\n`));
/** What a read is answered with. */
const read = fc.oneof(
  { weight: 8, arbitrary: fc.array(stream, { minLength: 1, maxLength: 3 }).map(list) },
  { weight: 1, arbitrary: nil },
  { weight: 1, arbitrary: refusal },
);
/** Anything that Redis may say. */
const { anything } = fc.letrec<{ anything: Buffer }>((tie) => ({
  anything: fc.oneof(
    { maxDepth: 3 },
    string.map(bulk),
    number,
    nil,
    refusal,
    line.map((text) => part(`+${text}\r\n`)),
    fc.array(tie('anything'), { maxLength: 4 }).map(list),
  ),
}));

/** Lengths of chunks: single bytes, a few, as many as a packet has. */
function someCuts(seed: number): number[] {
  let state = seed;
  const next = (below: number): number => {
    state = (Math.imul(state, 1_664_525) + 1_013_904_223) >>> 0;
    return Math.floor((state / 2 ** 32) * below);
  };
  const most = [1, 3, 12, 80, 1_460, 20_000][next(6)] ?? 1;
  return Array.from({ length: 60 }, () => 1 + next(most));
}

// 100,000 cases take their time on a machine that does much else besides.
describe('decoder', { timeout: 120_000 }, () => {
  const most = CASES / CUTS / 2;

  it.each([
    ['reads', read, [READ, READ_BYTES]],
    ['any replies', anything, [ANY, ANY_BYTES]],
  ] as const)('%s are the same, however they are cut', (_, reply, [text, binary]) => {
    let cases = 0;
    const check = (bytes: Buffer, asBytes: boolean, seed: number): void => {
      const asked = asBytes ? binary : text;
      const expected = byParser(bytes, asked);
      for (let cut = 0; cut < CUTS; cut++) {
        const lengths = someCuts(seed + cut);
        cases++;
        if (!isDeepStrictEqual(decoded(cutAt(bytes, lengths), asked), expected)) {
          expect({ lengths, told: decoded(cutAt(bytes, lengths), asked) }).toEqual({ lengths, told: expected });
        }
      }
    };
    const replies = fc.array(reply, { minLength: 1, maxLength: 3 }).map((several) => Buffer.concat(several));
    fc.assert(fc.property(replies, fc.boolean(), fc.nat(), check), { numRuns: most });
    expect(cases).toBeGreaterThanOrEqual(CASES / 2);
  });

  it('bytes that were changed on the way come to the same, or to PROTOCOL, however they are cut', () => {
    const change = fc.tuple(fc.nat(), fc.constantFrom(0, 10, 13, 36, 42, 43, 45, 48, 49, 57, 58, 255));
    const outcome = (chunks: readonly Buffer[]): { told: readonly Told[] } | { code: string } => {
      try {
        return { told: decoded(chunks, READ) };
      } catch (error) {
        if (!isStreamsError(error)) throw error;
        return { code: error.code };
      }
    };
    fc.assert(
      fc.property(read, fc.array(change, { minLength: 1, maxLength: 4 }), fc.nat(), (reply, changes, seed) => {
        const bytes = Buffer.from(reply);
        for (const [at, byte] of changes) bytes[at % bytes.length] = byte;
        const whole = outcome([bytes]);
        expect('code' in whole ? whole.code : 'PROTOCOL').toBe('PROTOCOL');
        for (let cut = 0; cut < 5; cut++) {
          const cutUp = outcome(cutAt(bytes, someCuts(seed + cut)));
          if (!isDeepStrictEqual(cutUp, whole)) expect(cutUp).toEqual(whole);
        }
      }),
      { numRuns: 2_000 },
    );
  });
});
