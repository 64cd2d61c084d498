import { randomBytes } from 'node:crypto';
import { hostname } from 'node:os';

/** A consumer's name of host, process and chance: no two alive have the same. */
export function generateName(): string {
  return `${hostname()}-${process.pid}-${randomBytes(4).toString('hex')}`;
}

/** One name, made up when it is asked for first. */
export function oneName(): () => string {
  let name: string | undefined;
  return () => (name ??= generateName());
}
