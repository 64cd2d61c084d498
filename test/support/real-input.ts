/** Entries nobody hand-picked: seeded, in several scripts, from empty to 64 KB; and a digest that tells what arrived, and in which order. */
import { crc32 } from 'node:zlib';
import type { Redis } from 'ioredis';

export type Pairs = [name: string, value: string][];

export interface Filled {
  ids: string[];
  /** Bytes of all values. */
  bytes: number;
  /** What a reader's own `Digest` must say. */
  digest: Digest;
}

/** Adds `entries` entries to `key`, pipelined; the server makes the ids. */
export async function fillStream(redis: Redis, key: string, options: { entries: number; seed?: number }): Promise<Filled> {
  const filled: Filled = { ids: [], bytes: 0, digest: new Digest() };
  const source = realEntries(options.seed ?? 1);
  while (filled.ids.length < options.entries) {
    const batch = Array.from({ length: Math.min(500, options.entries - filled.ids.length) }, () => source.next().value);
    const pipeline = redis.pipeline();
    for (const pairs of batch) pipeline.xadd(key, '*', ...pairs.flat());
    const replies = (await pipeline.exec()) ?? [];
    batch.forEach((pairs, index) => {
      const [error, id] = replies[index] ?? [new Error('no reply')];
      if (error) throw error;
      filled.ids.push(id as string);
      filled.digest.add(id as string, pairs);
      for (const [, value] of pairs) filled.bytes += Buffer.byteLength(value);
    });
  }
  return filled;
}

/** Of entries, whatever their number: constant memory. Field order within an entry does not count, since objects may not keep it. */
export class Digest {
  count = 0;
  /** Equal for equal entries in equal order. */
  ordered = 0;
  /** Equal for equal entries in any order, each as often. */
  unordered = 0;

  add(id: string, fields: Iterable<readonly [string, string]>): void {
    let sum = crc32(id);
    for (const [name, value] of fields) sum = (sum + Math.imul(crc32(value, crc32(name)), 0x9e3779b1)) >>> 0;
    this.count++;
    this.ordered = (Math.imul(this.ordered ^ sum, 0x85ebca6b) + this.count) >>> 0;
    this.unordered = (this.unordered + Math.imul(sum, 0xc2b2ae35)) >>> 0;
  }
}

/** Field lists without end: 1 to 6 fields, about 1.2 KB an entry on average, since one in six carries a long value of 1 B to 64 KB. */
export function* realEntries(seed: number): Generator<Pairs, never> {
  const random = mulberry32(seed);
  const below = (n: number): number => Math.floor(random() * n);
  const texts = scripts.map((script) => textOf(script, below));

  const text = (maxBytes: number): string => {
    const { units, perCharacter, bytesPerCharacter } = texts[below(texts.length)]!;
    const characters = Math.max(1, Math.round(maxBytes ** random() / bytesPerCharacter)); // log-uniform size
    const start = below(units.length / perCharacter - characters) * perCharacter;
    return units.slice(start, start + characters * perCharacter);
  };
  const number = (): string =>
    [`${below(1000)}`, `${-below(2 ** 31)}`, `${random()}`, `${random() * 1e21}`, `${random() * 1e-9}`, `00${below(100)}`][
      below(6)
    ]!;
  const value = (): string => {
    const kind = random();
    return kind < 0.1 ? '' : kind < 0.4 ? number() : text(64);
  };

  for (;;) {
    const count = 1 + below(6);
    const first = below(names.length);
    const pairs: Pairs = Array.from({ length: count }, (_, i) => [names[(first + i) % names.length]!, value()]);
    if (random() < 1 / 6) pairs[below(count)]![1] = text(65_536);
    yield pairs;
  }
}

/** First and last code point of what is drawn from. */
const scripts: [from: number, to: number][] = [
  [0x20, 0x7e], // Latin and ASCII signs
  [0x00c0, 0x017f], // Latin with accents
  [0x0400, 0x045f], // Cyrillic
  [0x0620, 0x064a], // Arabic
  [0x4e00, 0x9fa5], // CJK
  [0x1f300, 0x1f64f], // emoji, outside the basic plane
];

const names = [
  'order',
  'customer name',
  'сумма',
  '数量',
  'العنوان',
  'x',
  '🙂',
  'price.eur',
  'UPPER',
  'line\nbreak',
  'naïve',
  'e',
];

function textOf([from, to]: [number, number], below: (n: number) => number) {
  const character = (): string => String.fromCodePoint(from + below(to - from + 1));
  const sample = String.fromCodePoint(from);
  const bytesPerCharacter = Buffer.byteLength(sample);
  return {
    units: Array.from({ length: 131_072 / bytesPerCharacter }, character).join(''),
    perCharacter: sample.length,
    bytesPerCharacter,
  };
}

/** A small seeded generator of numbers in [0, 1). */
function mulberry32(seed: number): () => number {
  let state = seed >>> 0;
  return () => {
    state = (state + 0x6d2b79f5) >>> 0;
    let t = Math.imul(state ^ (state >>> 15), state | 1);
    t = (t + Math.imul(t ^ (t >>> 7), t | 61)) ^ t;
    return ((t ^ (t >>> 14)) >>> 0) / 4_294_967_296;
  };
}
