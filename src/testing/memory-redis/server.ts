import type { Clock } from './clock.js';
import type { Connection } from './connection.js';
import { Keyspace } from './keyspace.js';
import type { StockContext } from './stock.js';

/** What all connections to one in-memory Redis share. */
export class Server {
  /** ioredis-mock shares data between instances of the same host and port, so each server has a host of its own. */
  readonly host: string;
  /** One for all connections: that of the first. */
  readonly clock: Clock;
  /** By client id. */
  readonly connections = new Map<number, Connection>();
  /** Digests of scripts that were sent once, and of ours among them. */
  readonly scripts: Record<string, string> = {};
  readonly #keyspaces = new Map<StockContext, Keyspace>();
  #lastClientId = 0;
  /** Commands run inside one another, in a transaction and in a script: waiting readers see the outcome of the outermost. */
  #isRunning = false;

  constructor(host: string, clock: Clock) {
    this.host = host;
    this.clock = clock;
  }

  nextClientId(): number {
    return ++this.#lastClientId;
  }

  keyspace(context: StockContext): Keyspace {
    let keyspace = this.#keyspaces.get(context);
    if (!keyspace) this.#keyspaces.set(context, (keyspace = new Keyspace(context.modifiedKeyEvents, this.clock)));
    return keyspace;
  }

  /** Runs something that nobody else sees half done, and then serves whoever waited for what it did. */
  atomically<T>(run: () => T): T {
    if (this.#isRunning) return run();
    this.#isRunning = true;
    const restore = this.clock.enter();
    try {
      return run();
    } finally {
      this.#isRunning = false;
      for (const keyspace of this.#keyspaces.values()) keyspace.serve();
      restore?.();
    }
  }
}
