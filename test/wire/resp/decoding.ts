import { Decoder, type Asked } from '../../../src/wire/resp/decoder.js';
import { toldOf, type Told } from './by-parser.js';

export const READ: Asked = { for: 'streams', binary: false };
export const READ_BYTES: Asked = { for: 'streams', binary: true };
export const ANY: Asked = { for: 'value', binary: false };
export const ANY_BYTES: Asked = { for: 'value', binary: true };

/** What a decoder makes of chunks, each taken as soon as it is whole. */
export function decoded(chunks: readonly Buffer[], asked: Asked): Told[] {
  const decoder = new Decoder();
  const told: Told[] = [];
  for (const chunk of chunks) {
    decoder.feed(chunk);
    for (let reply = decoder.take(asked); reply !== undefined; reply = decoder.take(asked)) told.push(toldOf(reply));
  }
  return told;
}

/** Pieces of these lengths, the last one with the rest; each in memory of its own, as chunks of a socket are. */
export function cutAt(bytes: Buffer, lengths: readonly number[]): Buffer[] {
  const chunks: Buffer[] = [];
  let at = 0;
  for (const length of lengths) {
    if (at >= bytes.length) break;
    chunks.push(Buffer.from(bytes.subarray(at, at + length)));
    at += length;
  }
  if (at < bytes.length) chunks.push(Buffer.from(bytes.subarray(at)));
  return chunks;
}
