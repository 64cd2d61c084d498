import type { Arg } from '../client.js';
import type { Command } from '../command.js';

const END = Buffer.from('\r\n');

/** What is written to a socket: text, which costs a write less than bytes do, or bytes where there are some. */
export type Written = string | Buffer;

/** A command as it goes over the wire: a list of strings. In one piece where it can be: a read may name a thousand streams, an ack as many ids. */
export function request({ name, args }: Command): Written {
  const text = inOne(name, args);
  // A text that is ASCII has as many bytes as characters: seen at once by all of it, and not word by word.
  if (text !== undefined && Buffer.byteLength(text) === text.length) return text;
  return inPieces([name, ...args]);
}

/** Several in one. */
export function together(requests: readonly Written[]): Written {
  if (requests.every((each) => typeof each === 'string')) return requests.join('');
  return Buffer.concat(requests.map((each) => (typeof each === 'string' ? Buffer.from(each) : each)));
}

/** With lengths in characters; undefined: there are bytes among them. */
function inOne(name: string, args: readonly Arg[]): string | undefined {
  let text = `*${args.length + 1}\r\n$${name.length}\r\n${name}\r\n`;
  for (const arg of args) {
    if (Buffer.isBuffer(arg)) return undefined;
    const word = typeof arg === 'string' ? arg : String(arg);
    text += `$${word.length}\r\n${word}\r\n`;
  }
  return text;
}

function inPieces(words: readonly Arg[]): Buffer {
  const parts: Buffer[] = [Buffer.from(`*${words.length}\r\n`)];
  for (const word of words) {
    const bytes = Buffer.isBuffer(word) ? word : Buffer.from(String(word));
    parts.push(Buffer.from(`$${bytes.length}\r\n`), bytes, END);
  }
  return Buffer.concat(parts);
}
