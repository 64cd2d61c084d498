import { toBytes } from './args.js';
import { ReplyError, unknownCommand, WRONGTYPE } from './errors.js';
import type { Request, Session } from './session.js';
import { keysOf, stockCommand, withPrefix } from './stock.js';

/** Commands that take a key of any type, or replace what it holds. All others refuse a stream. */
const ANY_TYPE = new Set(
  (
    'copy del dump eval evalsha exists expire expireat expiretime mget move mset msetnx object persist pexpire pexpireat ' +
    'pexpiretime psetex pttl rename renamenx set setex setnx touch ttl type unlink unwatch watch'
  ).split(' '),
);

/** ioredis-mock would take the object that holds a stream for a hash. */
export function guardTypes({ keyspace, keyPrefix, stock }: Session, { name, args }: Request): void {
  if (ANY_TYPE.has(name) || !stockCommand(stock, name)) return;
  const given = keyPrefix === '' ? args : withPrefix(name, args, keyPrefix);
  // With the prefix in place the command must not be prefixed again.
  if (keysOf(name, given).some((key) => keyspace.holdsStream(key))) throw new ReplyError(WRONGTYPE);
}

/** ioredis-mock's command; it prefixes keys itself. */
export function runStock({ stock }: Session, { name, written, args, binary }: Request): unknown {
  const command = (binary ? stockCommand(stock, `${name}Buffer`) : undefined) ?? stockCommand(stock, name);
  if (!command) throw unknownCommand(written, args.map(toBytes));
  return command(...args);
}
