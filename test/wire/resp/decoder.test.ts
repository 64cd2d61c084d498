import { readFileSync } from 'node:fs';
import { isDeepStrictEqual } from 'node:util';
import { setFlagsFromString } from 'node:v8';
import { runInNewContext } from 'node:vm';
import { describe, expect, it } from 'vitest';
import { listOf } from '../../../src/flat.js';
import { Decoder } from '../../../src/wire/resp/decoder.js';
import { WalkedEntry } from '../../../src/wire/resp/entry.js';
import { ANY, ANY_BYTES, cutAt, decoded, READ, READ_BYTES } from './decoding.js';
import { byParser } from './by-parser.js';

const recorded = JSON.parse(readFileSync(new URL('recorded.json', import.meta.url), 'utf8')) as Record<
  string,
  Record<string, string>
>;
const all = Object.entries(recorded).flatMap(([server, replies]) =>
  Object.entries(replies).map(([what, text]) => ({ server, what, bytes: Buffer.from(text, 'latin1') })),
);

const bytes = (text: string): Buffer => Buffer.from(text);
/** A reply with one entry. */
const one = (entry: string): Buffer => bytes(`*1\r\n*2\r\n$1\r\ns\r\n*1\r\n${entry}`);

describe('recorded replies, cut into two at each place and into single bytes, are what the parser of ioredis makes of them', () => {
  const isRead = (what: string): boolean => !/^(XINFO|CLIENT|PING)/.test(what);

  it.each(all)('$server: $what', ({ what, bytes }) => {
    for (const asked of isRead(what) ? [READ, READ_BYTES, ANY, ANY_BYTES] : [ANY, ANY_BYTES]) {
      const expected = byParser(bytes, asked);
      expect(expected).toHaveLength(1);
      const differ = Array.from(bytes.keys()).filter((at) => !isDeepStrictEqual(decoded(cutAt(bytes, [at]), asked), expected));
      expect(differ).toEqual([]);
      expect(decoded(cutAt(bytes, Array<number>(bytes.length).fill(1)), asked)).toEqual(expected);
    }
  });

  it('one behind another in one chunk', () => {
    const reads = all.filter(({ what }) => isRead(what)).map(({ bytes }) => bytes);
    const together = Buffer.concat(reads);
    expect(decoded([together], READ)).toEqual(byParser(together, READ));
    expect(decoded([together], READ)).toHaveLength(reads.length);
  });
});

describe('values', () => {
  const broken = Buffer.from([0xff, 0x00, 0xfe, 0xc3, 0x28, 0xf0, 0x9f]);
  const reply = Buffer.concat([one('*2\r\n$3\r\n1-0\r\n*2\r\n$1\r\nf\r\n$7\r\n'), broken, bytes('\r\n')]);

  it('bytes that are no UTF-8 become the replacement characters of Buffer.toString', () => {
    expect(decoded([reply], READ)).toEqual([
      { streams: [{ stream: 's', entries: [{ id: '1-0', pairs: ['f', broken.toString()] }] }] },
    ]);
  });

  it('or stay bytes with `binary`', () => {
    expect(decoded([reply], READ_BYTES)).toEqual([
      { streams: [{ stream: 's', entries: [{ id: '1-0', pairs: ['f', broken] }] }] },
    ]);
  });

  it('an entry that is larger than several chunks', () => {
    const value = 'é'.repeat(100_000);
    const large = one(`*2\r\n$3\r\n1-0\r\n*4\r\n$1\r\nf\r\n$200000\r\n${value}\r\n$1\r\ng\r\n$1\r\nv\r\n`);
    const expected = [{ streams: [{ stream: 's', entries: [{ id: '1-0', pairs: ['f', value, 'g', 'v'] }] }] }];
    expect(decoded(cutAt(large, [65_536, 65_536, 65_536]), READ)).toEqual(expected);
    expect(decoded([large], READ)).toEqual(expected);
  });

  it.each(['*-1', '$-1'])('an entry that is gone: %s', (nil) => {
    const gone = one(`*2\r\n$3\r\n1-0\r\n${nil}\r\n`);
    for (let at = 0; at < gone.length; at++) {
      expect(decoded(cutAt(gone, [at]), READ)).toEqual([{ streams: [{ stream: 's', entries: [{ id: '1-0', pairs: null }] }] }]);
    }
  });

  it('the fields of one entry are made when somebody looks, and those of a large one are on their own', () => {
    const decoder = new Decoder();
    const pairsOf = (reply: Buffer): unknown => {
      decoder.feed(reply);
      const taken = decoder.take(READ);
      return taken?.type === 'streams' ? taken.streams[0]?.entries[0]?.pairs : undefined;
    };
    const small = '*2\r\n$3\r\n1-0\r\n*2\r\n$1\r\nf\r\n$1\r\nv\r\n';
    expect(pairsOf(one(small))).toBeInstanceOf(WalkedEntry);
    expect(pairsOf(one(small.replace('$1\r\nv', `$20000\r\n${'v'.repeat(20_000)}`)))).toEqual(['f', 'v'.repeat(20_000)]);
  });

  it('of a reply that was taken nothing stays but what somebody keeps: of a value its entry, not its chunk', async () => {
    setFlagsFromString('--expose-gc');
    const gc = runInNewContext('gc') as () => void;
    const decoder = new Decoder();
    const take = () => {
      const chunk = Buffer.allocUnsafeSlow(20_000);
      const reply = one(`*2\r\n$3\r\n1-0\r\n*2\r\n$1\r\nf\r\n$20\r\n${'v'.repeat(20)}\r\n`);
      reply.copy(chunk);
      decoder.feed(chunk.subarray(0, reply.length));
      const taken = decoder.take(READ);
      const [entry] = taken?.type === 'streams' ? (taken.streams[0]?.entries ?? []) : [];
      if (entry === undefined) throw new Error('no entry');
      decoder.keep();
      return { value: listOf(entry.pairs ?? [])[1], chunk: new WeakRef(chunk.buffer), entry: new WeakRef(entry) };
    };
    const { value, chunk, entry } = take();
    await new Promise(setImmediate);
    gc();
    expect([chunk.deref(), entry.deref(), value]).toEqual([undefined, undefined, 'v'.repeat(20)]);
    expect(decoder.isEmpty).toBe(true);
  });

  it('a Buffer of an entry does not lie in its chunk', () => {
    const decoder = new Decoder();
    decoder.feed(reply);
    const taken = decoder.take(READ_BYTES);
    const pairs = taken?.type === 'streams' ? taken.streams[0]?.entries[0]?.pairs : undefined;
    expect((listOf(pairs ?? [])[1] as Buffer).buffer).not.toBe(reply.buffer);
  });

  it('a list of names that changes from entry to entry', () => {
    const entry = (id: string, ...fields: string[]): string =>
      `*2\r\n$3\r\n${id}\r\n*${fields.length}\r\n${fields.map((field) => `$${field.length}\r\n${field}\r\n`).join('')}`;
    const several = [entry('1-0', 'aa', '1', 'b', '2'), entry('2-0', 'ab', '3', 'b', '4'), entry('3-0'), entry('4-0', 'b', '5')];
    const reply = bytes(`*1\r\n*2\r\n$1\r\ns\r\n*4\r\n${several.join('')}`);
    expect(decoded([reply], READ)).toEqual(byParser(reply, READ));
  });
});

describe('what is no reply throws PROTOCOL', () => {
  it.each([
    ['a length over 512 MB', '$536870913\r\n'],
    ['a list of more than that', '*999999999999\r\n'],
    ['an endless length', `$${'1'.repeat(400)}`],
    ['a negative length', '$-2\r\n'],
    ['no length', '$\r\n'],
    ['a letter in a length', '$1x\r\n'],
    ['a byte that begins no value', 'hello\r\n'],
    ['RESP3', '%1\r\n+a\r\n+b\r\n'],
    ['HTTP', 'HTTP/1.1 400 Bad Request\r\n'],
    ['a string that is longer than its length', '$1\r\nabc\r\n'],
    ['a CR alone at the end of a length', '$1\rx'],
    ['a CR alone in a line', '+O\rK\r\n'],
    ['lists in lists for ever', '*1\r\n'.repeat(1_000) + ':1\r\n'],
  ])('%s', (_, text) => {
    for (const asked of [READ, ANY]) {
      for (const chunks of [[bytes(text)], cutAt(bytes(text), Array<number>(text.length).fill(1))]) {
        expect(() => decoded(chunks, asked)).toThrow(expect.objectContaining({ code: 'PROTOCOL' }));
      }
    }
  });

  it.each([
    ['a line', '+OK\r\n'],
    ['a number', ':1\r\n'],
    ['a list of names', '*1\r\n$1\r\ns\r\n'],
    ['a stream without entries', '*1\r\n*1\r\n$1\r\ns\r\n'],
    ['a stream without a name', '*1\r\n*2\r\n:1\r\n*0\r\n'],
    ['entries that are no list', '*1\r\n*2\r\n$1\r\ns\r\n:5\r\n'],
    ['an entry that is no list', '*1\r\n*2\r\n$1\r\ns\r\n*1\r\n:5\r\n'],
    ['an entry without an id', '*1\r\n*2\r\n$1\r\ns\r\n*1\r\n*2\r\n:5\r\n*0\r\n'],
    ['fields that are a number', '*1\r\n*2\r\n$1\r\ns\r\n*1\r\n*2\r\n$3\r\n1-0\r\n:5\r\n'],
    ['fields with a number', '*1\r\n*2\r\n$1\r\ns\r\n*1\r\n*2\r\n$3\r\n1-0\r\n*2\r\n$1\r\nf\r\n:5\r\n'],
    ['fields with a nil', '*1\r\n*2\r\n$1\r\ns\r\n*1\r\n*2\r\n$3\r\n1-0\r\n*2\r\n$1\r\nf\r\n$-1\r\n'],
  ])('where streams are asked for: %s', (_, text) => {
    expect(() => decoded([bytes(text)], READ)).toThrow(expect.objectContaining({ code: 'PROTOCOL' }));
  });

  it('quotes nothing of what came but one byte', () => {
    expect(() => decoded([bytes('secret')], READ)).toThrow(
      'what came from Redis is no reply: the byte 115 where a value begins. Something on the way changes the bytes, or the other end is no Redis.',
    );
  });
});

describe('memory grows with what has come, not with what a length says', () => {
  it.each([
    ['a string', '$500000000\r\n'],
    ['a list of streams', '*500000000\r\n'],
    ['a list of entries', '*1\r\n*2\r\n$1\r\ns\r\n*500000000\r\n'],
    ['a list of fields', '*1\r\n*2\r\n$1\r\ns\r\n*1\r\n*2\r\n$3\r\n1-0\r\n*500000000\r\n$1\r\nf\r\n'],
    ['a value', '*1\r\n*2\r\n$1\r\ns\r\n*1\r\n*2\r\n$3\r\n1-0\r\n*2\r\n$1\r\nf\r\n$500000000\r\n'],
  ])('%s', (_, text) => {
    const decoder = new Decoder();
    const before = process.memoryUsage();
    decoder.feed(bytes(text));
    expect(decoder.take(READ)).toBeUndefined();
    const after = process.memoryUsage();
    expect(after.arrayBuffers - before.arrayBuffers).toBeLessThan(1_000_000);
    expect(after.heapUsed - before.heapUsed).toBeLessThan(10_000_000);
    expect(decoder.isEmpty).toBe(false);
  });
});

describe('isEmpty', () => {
  it('tells a socket that ends inside of a reply from one that ends between two', () => {
    const decoder = new Decoder();
    expect(decoder.isEmpty).toBe(true);
    for (const byte of one('*2\r\n$3\r\n1-0\r\n*2\r\n$1\r\nf\r\n$1\r\nv\r\n')) {
      expect(decoder.take(READ)).toBeUndefined();
      decoder.feed(Buffer.from([byte]));
      expect(decoder.isEmpty).toBe(false);
    }
    expect(decoder.take(READ)).toMatchObject({ type: 'streams' });
    expect(decoder.isEmpty).toBe(true);
  });
});
