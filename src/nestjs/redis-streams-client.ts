import { ClientProxy, type ReadPacket } from '@nestjs/microservices';
import { throwError, type Observable } from 'rxjs';
import type { RedisClient } from '../index.js';
import { connect, type Connected, type RedisConnection } from './connect.js';
import { logger } from './logger.js';
import { fieldsOf, type PacketMetadata } from './packet.js';

/** What is to be added, and what hooks have attached to it (Nest 12). */
export interface RedisStreamsPacket {
  readonly pattern: string;
  readonly data: unknown;
  readonly metadata?: PacketMetadata | undefined;
}

/** What `RedisStreamsClient` takes. */
export interface RedisStreamsClientOptions {
  /** A client (never closed by this one), a URL, or options of ioredis. */
  connection: RedisConnection;
  /** Streams are trimmed to about that many entries (`MAXLEN ~`), whether they were read or not. Default: never. */
  maxLength?: number | undefined;
  /** Makes names and values, in turn, of a packet; for readers that are not of this package. Default: JSON, as our readers take it. */
  serializer?: { serialize(packet: RedisStreamsPacket): readonly string[] | Promise<readonly string[]> } | undefined;
}

/**
 * Adds entries to streams, as a client of Nest: `emit('orders', order)` is XADD, and gives the id of the entry.
 *
 * ```ts
 * ClientsModule.register([{ name: 'EVENTS', customClass: RedisStreamsClient, options: { connection: 'redis://localhost' } }])
 * // or { provide: 'EVENTS', inject: [getRedisToken()], useFactory: (redis) => new RedisStreamsClient({ connection: redis }) }
 *
 * this.events.emit<string>('orders', { amount: 5 }).subscribe((id) => …);
 * ```
 *
 * As every `emit` of Nest it adds at once, subscribed or not. A refusal of Redis is its error. `send()` is an error: streams have no
 * answers.
 */
export class RedisStreamsClient extends ClientProxy {
  #connected: Connected | undefined;

  constructor(private readonly options: RedisStreamsClientOptions) {
    super();
  }

  async connect(): Promise<RedisClient> {
    return this.#connect().client;
  }

  async close(): Promise<void> {
    const connected = this.#connected;
    this.#connected = undefined;
    await connected?.close();
  }

  /** The client of Redis. */
  unwrap<T = RedisClient>(): T {
    return this.#connect().client as T;
  }

  override send<R>(pattern: unknown, _data: unknown): Observable<R> {
    return throwError(() => noAnswers(pattern));
  }

  protected publish({ pattern }: ReadPacket): () => void {
    throw noAnswers(pattern);
  }

  protected async dispatchEvent<R>({ pattern, data, ...attached }: ReadPacket): Promise<R> {
    if (typeof pattern !== 'string' || pattern === '') {
      throw new TypeError(`emit: the pattern is ${JSON.stringify(pattern)}, but must be the key of a stream.`);
    }
    const { metadata } = attached;
    const { maxLength, serializer } = this.options;
    const fields =
      serializer === undefined ? fieldsOf({ data, metadata }) : await serializer.serialize({ pattern, data, metadata });
    const trim = maxLength === undefined ? [] : ['MAXLEN', '~', maxLength];
    return (await this.#connect().client.call('XADD', [pattern, ...trim, '*', ...fields])) as R;
  }

  #connect(): Connected {
    return (this.#connected ??= connect(this.options.connection, {
      at: 'RedisStreamsClient',
      failed: (error) => logger.debug(`RedisStreamsClient: ${error.message}`),
    }));
  }
}

function noAnswers(pattern: unknown): Error {
  return new Error(
    `send(${JSON.stringify(pattern)}): streams have no answers: use emit(), and let the answer be an event of its own; or send() over another transport.`,
  );
}
