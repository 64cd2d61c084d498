import type { RedisClient } from './client.js';

/** The client's `keyPrefix`. Nobody above the wire sees it: it is added here where the client does not, and stripped from replies. */
export interface KeyPrefix {
  /** '' when the client has none. */
  readonly prefix: string;
  /** The key to give to XGROUP and XINFO through the caller's client. */
  forGroup(stream: string): string;
}

/**
 * ioredis prefixes the keys of all stream commands, apart from XGROUP and XINFO in version 5: its command table has no key
 * positions for them; that of version 6 has (measured on 5.11.1 and 6.0.0). A version says nothing about a fork or a patched
 * table, so the client's own table is asked.
 */
export function keyPrefix(client: RedisClient): KeyPrefix {
  const { keyPrefix: option } = client.options as { keyPrefix?: unknown };
  const prefix = typeof option === 'string' || Buffer.isBuffer(option) ? option.toString() : '';
  const byClient = prefix === '' || prefixesGroups(client);
  return { prefix, forGroup: (stream) => (byClient ? stream : prefix + stream) };
}

/** A key of a reply: it carries the prefix. */
export function withoutPrefix(key: string, prefix: string): string {
  return key.startsWith(prefix) ? key.slice(prefix.length) : key;
}

/** ioredis: makes the function behind `client.xgroup`, which hands a Command to the `sendCommand` of its `this`. */
interface CommandMaker {
  createBuiltinCommand?(name: string): {
    string(this: { options: object; sendCommand: (command: { args: unknown[] }) => unknown }, ...args: string[]): unknown;
  };
}

/**
 * Makes the command that is in question and never sends it. (`client.constructor.Command` would be the shorter way, but a mixin
 * leaves ioredis clients with EventEmitter as their constructor.) A client that cannot be asked is taken for a descendant of
 * version 5, as iovalkey and ioredis-mock are: it does not prefix.
 */
function prefixesGroups(client: RedisClient & CommandMaker): boolean {
  let made: unknown;
  const asked = { options: { keyPrefix: 'p:' }, sendCommand: (command: { args: unknown[] }) => (made = command.args[1]) };
  try {
    client.createBuiltinCommand?.('xgroup').string.call(asked, 'CREATE', 'k');
  } catch {
    return false; // a client of another make, with a function of that name: the assumption above
  }
  return made === 'p:k';
}
