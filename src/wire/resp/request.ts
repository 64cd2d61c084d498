import type { Arg } from '../client.js';
import type { Command } from '../command.js';

const END = Buffer.from('\r\n');

/** A command as it goes over the wire: a list of strings. In one piece where all of them are text: a read may name a thousand streams, an ack as many ids. */
export function request({ name, args }: Command): Buffer {
  const words = [name, ...args];
  if (words.some((word) => Buffer.isBuffer(word))) return inPieces(words);
  // Nearly all are ASCII, where a text has as many bytes as characters: seen at once by all of it, and not word by word.
  const text = inOne(words, (word) => word.length);
  return Buffer.byteLength(text) === text.length ? Buffer.from(text, 'latin1') : Buffer.from(inOne(words, Buffer.byteLength));
}

function inOne(words: readonly Arg[], sizeOf: (word: string) => number): string {
  const sized = words.map((word) => {
    const text = typeof word === 'string' ? word : String(word);
    return `$${sizeOf(text)}\r\n${text}`;
  });
  return `*${words.length}\r\n${sized.join('\r\n')}\r\n`;
}

function inPieces(words: readonly Arg[]): Buffer {
  const parts: Buffer[] = [Buffer.from(`*${words.length}\r\n`)];
  for (const word of words) {
    const bytes = Buffer.isBuffer(word) ? word : Buffer.from(String(word));
    parts.push(Buffer.from(`$${bytes.length}\r\n`), bytes, END);
  }
  return Buffer.concat(parts);
}
