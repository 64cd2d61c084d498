import type { Command } from '../command.js';

const END = Buffer.from('\r\n');

/** A command as it goes over the wire: a list of strings. */
export function request({ name, args }: Command): Buffer {
  const parts: Buffer[] = [Buffer.from(`*${args.length + 1}\r\n`)];
  for (const arg of [name, ...args]) {
    const bytes = Buffer.isBuffer(arg) ? arg : Buffer.from(String(arg));
    parts.push(Buffer.from(`$${bytes.length}\r\n`), bytes, END);
  }
  return Buffer.concat(parts);
}
