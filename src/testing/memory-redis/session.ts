import type { Connection } from './connection.js';
import type { Keyspace } from './keyspace.js';
import type { Server } from './server.js';
import type { Stock } from './stock.js';

/** A client as the commands see it. */
export interface Session {
  readonly server: Server;
  readonly keyspace: Keyspace;
  readonly connection: Connection;
  /** ioredis-mock's client of the same server: runs everything that is not ours. */
  readonly stock: Stock;
  readonly keyPrefix: string;
  /** What was queued since MULTI was sent as a command of its own; undefined outside. */
  transaction: { readonly requests: Request[]; isRefused: boolean } | undefined;
}

/** A command as the user gave it. */
export interface Request {
  /** Built-in ones in lower case. */
  readonly name: string;
  /** The name as the user wrote it: errors quote it. */
  readonly written: string;
  /** Without keyPrefix, not converted. */
  readonly args: readonly unknown[];
  /** Strings of the reply as Buffers. */
  readonly binary: boolean;
}

export type Within = 'connection' | 'multi';

/** A command that needs more than a stream command does. It returns a reply, a promise of the mock's, or a Wait. */
export type SessionCommand = (session: Session, request: Request, within: Within) => unknown;
