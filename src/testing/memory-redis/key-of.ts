import { fromName, toBytes, toName } from './args.js';

/** Keys are bytes, and kept as latin1 text, as the names of groups are: keys that are no UTF-8 would meet under one text. */
export function keyOf(key: unknown): string {
  return toName(Buffer.isBuffer(key) ? key : toBytes(key));
}

/** A key as commands show it. */
export function keyText(key: string): string {
  return fromName(key).toString();
}
