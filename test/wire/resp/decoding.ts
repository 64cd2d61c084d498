import { Decoder, type Asked, type Reply } from '../../../src/wire/resp/decoder.js';
import { toldOf, type Told } from './by-parser.js';

export const READ: Asked = { for: 'streams', binary: false };
export const READ_BYTES: Asked = { for: 'streams', binary: true };
export const ANY: Asked = { for: 'value', binary: false };
export const ANY_BYTES: Asked = { for: 'value', binary: true };

/**
 * What a decoder makes of chunks, each taken as soon as it is whole. The bytes of a chunk are gone once it was read, as those of a socket are,
 * and the replies are looked at behind the last one.
 */
export function decoded(chunks: readonly Buffer[], asked: Asked): Told[] {
  const decoder = new Decoder();
  const replies: Reply[] = [];
  for (const chunk of chunks) {
    const bytes = Buffer.from(chunk);
    decoder.feed(bytes);
    for (let reply = decoder.take(asked); reply !== undefined; reply = decoder.take(asked)) replies.push(reply);
    decoder.keep();
    bytes.fill('?');
  }
  return replies.map(toldOf);
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
