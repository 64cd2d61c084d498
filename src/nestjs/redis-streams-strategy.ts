import {
  Server,
  type CustomTransportStrategy,
  type MessageHandler,
  type ReadPacket,
  type Transport,
} from '@nestjs/microservices';
import type { Notice, RedisClient } from '../index.js';
import { noWildcards } from './check-feature.js';
import { runAll, withHandler, type EventHandlers } from './event-handlers.js';
import type { HandlingOptions } from './handling-options.js';
import { processed } from './processed.js';
import type { Reader } from './reader.js';
import type { RedisStreamsContext } from './redis-streams-context.js';
import { lineOf, readersOf, type Line, type StrategyOptions } from './strategy-line.js';
import { ATTACH, type Guest, type StreamsHost } from './streams-host.js';
import { whereHandled } from './where-handled.js';
import { wildcardIn } from './wildcard.js';

/** The `transportId` of {@link RedisStreamsStrategy}: `@EventPattern('orders', REDIS_STREAMS)` is for it alone, also in a hybrid application. */
export const REDIS_STREAMS: unique symbol = Symbol.for('rxjs-redis-streams/nestjs') as never;

/** What `status` emits. */
export type RedisStreamsStatus = 'connected' | 'disconnected' | 'reconnecting';

/** What `on` listens to. */
export type RedisStreamsEvents = { notice: (notice: Notice) => void };

/**
 * A transport of Nest that delivers the entries of streams to `@EventPattern`: a pattern is the name of a feature, or the key of a
 * stream.
 *
 * The entry is acked when every handler of its pattern is done (an Observable: when it completes, empty or not), and nacked when one
 * of them fails. What a pattern's extras say (`@EventPattern('orders', REDIS_STREAMS, { group: 'mail', concurrency: 8 })`) goes before
 * what the strategy says. Entries of `RedisStreamsClient` come with what it emitted, others with their fields.
 *
 * ```ts
 * app.connectMicroservice({ strategy: new RedisStreamsStrategy({ group: 'billing' }) }); // on the connection of forRoot
 * ```
 *
 * With `RedisStreamsModule` in the application it takes part in the shutdown in order, and in the health indicator. What can go wrong,
 * told at bootstrap: no group, a wildcard, a pattern that is no text, no connection. `@MessagePattern` is for others: nobody could
 * answer.
 */
export class RedisStreamsStrategy
  extends Server<RedisStreamsEvents, RedisStreamsStatus>
  implements CustomTransportStrategy, Guest
{
  override transportId: Transport | symbol = REDIS_STREAMS;
  /** A handler's failure is ours to deal with. */
  override readonly propagatesEventHandlerErrors = true;
  readonly #handlers = new Map<string, EventHandlers>();
  readonly #listeners = new Set<(notice: Notice) => void>();
  #host: StreamsHost | undefined;
  #line: Line | undefined;
  #readers: readonly Reader[] = [];

  constructor(private readonly options: StrategyOptions = {}) {
    super();
  }

  /** Called by the module: the application whose connections and features these are. */
  [ATTACH](host: StreamsHost): void {
    this.#host = host;
  }

  override addHandler(
    pattern: unknown,
    callback: MessageHandler,
    isEventHandler = false,
    extras: Record<string, unknown> = {},
  ): void {
    const who = (this.#host && whereHandled(this.#host.modules, pattern)) ?? `The handler of ${JSON.stringify(pattern)}`;
    if (!isEventHandler) {
      this.logger.warn(
        `${who} is a @MessagePattern, and streams have no answers: it gets nothing from Redis Streams. Make it an @EventPattern.`,
      );
      return;
    }
    if (typeof pattern !== 'string' || pattern === '') {
      throw new TypeError(
        `${who}: a pattern is the name of a feature or the key of a stream, as in @EventPattern('orders', REDIS_STREAMS).`,
      );
    }
    if (wildcardIn(pattern)) throw new Error(`${who}: @EventPattern: ${noWildcards(pattern)}`);
    const options = extras as HandlingOptions;
    const group = options.group ?? this.options.group ?? this.#host?.features.get(pattern)?.group;
    const key = JSON.stringify([pattern, group]);
    const known = [...this.#handlers.values()].some((each) => each.pattern === pattern);
    this.#handlers.set(key, withHandler(this.#handlers.get(key), { pattern, group, who, extras: options, handlers: [callback] }));
    // The first one stands for all: Nest's own chain of handlers is cut short by one that is empty.
    if (!known) super.addHandler(pattern, callback, isEventHandler, extras);
  }

  listen(callback: (error?: unknown) => void): void {
    try {
      this.#line = lineOf(this.options, this.#host);
      this.#readers = readersOf([...this.#handlers.values()], {
        line: this.#line,
        options: this.options,
        host: this.#host,
        told: (notice) => this.#told(notice),
        handle: (pattern, packet, context) => this.handleEvent(pattern, packet, context),
      });
    } catch (error) {
      callback(error);
      return;
    }
    for (const reader of this.#readers) {
      this.#host?.readers.add(reader);
      reader.start();
    }
    callback();
  }

  /** Runs all handlers of the pattern; resolves when they are done, and rejects when one of them failed. */
  override async handleEvent(pattern: string, packet: ReadPacket, context: RedisStreamsContext): Promise<void> {
    const found = this.#handlers.get(JSON.stringify([pattern, context.group]));
    if (found === undefined) throw new Error(`There is no handler of "${pattern}" in the group "${context.group}".`);
    await processed(
      { transportId: this.transportId, start: this.onProcessingStartHook, end: this.onProcessingEndHook },
      context,
      () => runAll(found.handlers, packet.data, context),
    );
  }

  async close(): Promise<void> {
    await Promise.all(this.#readers.map((reader) => reader.stop()));
    for (const reader of this.#readers) this.#host?.readers.delete(reader);
    await this.#line?.close();
    this._status$.next('disconnected');
  }

  on<E extends keyof RedisStreamsEvents>(event: E, callback: RedisStreamsEvents[E]): void {
    if (event !== 'notice') throw new TypeError(`on: ${String(event)} is no event of this strategy, but notice is.`);
    this.#listeners.add(callback);
  }

  /** The client of Redis. */
  unwrap<T = RedisClient>(): T {
    if (this.#line === undefined) throw new Error('There is no client yet: unwrap() after listen() or startAllMicroservices().');
    return this.#line.client as T;
  }

  #told(notice: Notice): void {
    if (notice.type === 'connected') this._status$.next('connected');
    if (notice.type === 'retrying' && notice.what === 'connect') this._status$.next('reconnecting');
    for (const listener of this.#listeners) listener(notice);
  }
}
