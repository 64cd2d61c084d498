import type { Command } from '../command.js';

const END = Buffer.from('\r\n');

/** A command as it goes over the wire: a list of strings. In one piece where all of them are text, for a read may name a thousand streams. */
export function request({ name, args }: Command): Buffer {
  if (!args.some((arg) => Buffer.isBuffer(arg))) {
    const texts = [name, ...args].map(String).map((text) => `$${Buffer.byteLength(text)}\r\n${text}\r\n`);
    return Buffer.from(`*${texts.length}\r\n${texts.join('')}`);
  }
  const parts: Buffer[] = [Buffer.from(`*${args.length + 1}\r\n`)];
  for (const arg of [name, ...args]) {
    const bytes = Buffer.isBuffer(arg) ? arg : Buffer.from(String(arg));
    parts.push(Buffer.from(`$${bytes.length}\r\n`), bytes, END);
  }
  return Buffer.concat(parts);
}
