import { toBytes } from './args.js';
import type { Call } from './command.js';
import type { Request, Session } from './session.js';
import { withPrefix } from './stock.js';

/** The arguments as they reach a server: prefixed, in bytes. */
export function bytesOf({ keyPrefix }: Session, { name, args }: Request): Buffer[] {
  return (keyPrefix === '' ? args : withPrefix(name, args, keyPrefix)).map(toBytes);
}

export function callOf({ server, keyspace }: Session, within: Call['within']): Call {
  return { keyspace, now: server.clock.now(), clock: server.clock.now, within };
}
