import { firstValueFrom, from, race, timer } from 'rxjs';
import { whenIdle, type Notice, type RedisClient } from '../index.js';
import { connect, type RedisConnection } from './connect.js';
import { logger } from './logger.js';

/** What `forRoot` says about a connection. */
export interface ConnectionOptions {
  /** A client (never closed by the module), a URL, or options of ioredis. */
  connection: RedisConnection;
  /**
   * This process's name in every group, where a feature or a handler gives none: the host's, for example. Default: a generated one for
   * each reader.
   */
  consumer?: string | undefined;
  /** ms for what runs when the application shuts down. Default 30,000. */
  drainTimeout?: number | undefined;
  /** Called with every notice of this connection's sources. */
  notify?: ((notice: Notice) => void) | undefined;
}

/** Closing takes a little longer than what it waits for. */
const GRACE = 2_000;

/** A connection of the application, with the signal that ends the sources on it. */
export class Connection {
  readonly client: RedisClient;
  readonly consumer: string | undefined;
  readonly drainTimeout: number;
  readonly notify: ((notice: Notice) => void) | undefined;
  readonly #stop = new AbortController();
  readonly #close: () => Promise<void>;

  constructor(
    readonly name: string,
    { connection, consumer, drainTimeout = 30_000, notify }: ConnectionOptions,
  ) {
    const at = `RedisStreamsModule.forRoot, connection "${name}"`;
    const { client, close } = connect(connection, {
      at,
      failed: (error) => logger.debug(`connection ${name}: ${error.message}`), // readers and acks tell what it means to them
    });
    this.client = client;
    this.#close = close;
    this.consumer = consumer;
    this.drainTimeout = drainTimeout;
    this.notify = notify;
  }

  /** Aborted when the application shuts down. */
  get signal(): AbortSignal {
    return this.#stop.signal;
  }

  /** Injected sources complete, once what they have emitted is worked off. */
  stop(): void {
    this.#stop.abort();
  }

  /** Nothing of ours is open on the client any more; or it took too long: a client may have other users of this library. */
  async whenIdle(): Promise<void> {
    await firstValueFrom(race(from(whenIdle(this.client)), timer(this.drainTimeout + GRACE)), { defaultValue: undefined });
  }

  close(): Promise<void> {
    return this.#close();
  }
}
