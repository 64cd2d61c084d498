import type { ConsumerDeserializer, ReadPacket } from '@nestjs/microservices';
import { defer } from 'rxjs';
import type { Delivery, Notice } from '../index.js';
import type { RedisConnection } from './connect.js';
import { Connection } from './connection.js';
import type { EventHandlers } from './event-handlers.js';
import { keysOf, type RedisStreamsFeature } from './feature.js';
import type { HandlingOptions } from './handling-options.js';
import { handlerSource } from './make-source.js';
import { Progress } from './progress.js';
import { Reader } from './reader.js';
import { RedisStreamsContext } from './redis-streams-context.js';
import type { StreamsHost } from './streams-host.js';
import { DEFAULT_CONNECTION } from './tokens.js';

/** What `RedisStreamsStrategy` takes: the options of all its handlers, which extras of a pattern override. */
export interface StrategyOptions extends HandlingOptions {
  /** The name of a connection of `forRoot`; or a client, a URL or options of ioredis. Default: `'default'`, that of `forRoot`. */
  connection?: RedisConnection | undefined;
  /** Makes a packet of an entry, in the place of what reads entries of `RedisStreamsClient`. */
  deserializer?: ConsumerDeserializer | undefined;
}

/** The connection a strategy works on. */
export interface Line extends Pick<Connection, 'client' | 'consumer' | 'drainTimeout' | 'notify'> {
  /** Closes it, where it is the strategy's own. */
  close(): Promise<void>;
}

interface Serving {
  readonly line: Line;
  readonly options: StrategyOptions;
  readonly host: StreamsHost | undefined;
  readonly told: (notice: Notice) => void;
  readonly handle: (pattern: string, packet: ReadPacket, context: RedisStreamsContext) => Promise<void>;
}

export function lineOf({ connection = DEFAULT_CONNECTION, drainTimeout }: StrategyOptions, host: StreamsHost | undefined): Line {
  if (typeof connection === 'string' && !connection.includes('://')) {
    if (host === undefined) {
      throw new Error(
        `RedisStreamsStrategy has no connection: give it one, as in { connection: 'redis://localhost' }, or import RedisStreamsModule.forRoot({ connection: … }) in the root module.`,
      );
    }
    const { client, consumer, notify, drainTimeout: least } = host.connection(connection, 'RedisStreamsStrategy');
    return { client, consumer, notify, drainTimeout: drainTimeout ?? least, close: () => Promise.resolve() };
  }
  const own = new Connection('of RedisStreamsStrategy', { connection, drainTimeout });
  const { client, notify, drainTimeout: least } = own;
  const close = (): Promise<void> => own.whenIdle().then(() => own.close());
  return { client, consumer: undefined, notify, drainTimeout: least, close };
}

export function readersOf(all: readonly EventHandlers[], serving: Serving): readonly Reader[] {
  return all.map((handlers) => readerOf(handlers, serving));
}

/** One reader for each pattern and group: a slow one keeps nobody waiting. */
function readerOf({ pattern, group, extras, who }: EventHandlers, { line, options, host, told, handle }: Serving): Reader {
  if (group === undefined) {
    throw new Error(
      `${who}: there is no group: give it one, as in new RedisStreamsStrategy({ group: 'billing' }), or in the pattern's extras.`,
    );
  }
  const { connection: _connection, deserializer, ...common } = options;
  const handling = { ...common, ...extras };
  const feature: RedisStreamsFeature = host?.features.get(pattern) ?? { name: pattern, streams: pattern };
  const progress = new Progress(who);
  progress.consumer = handling.consumer ?? feature.consumer ?? line.consumer;
  const tell = (notice: Notice): void => {
    progress.told(notice);
    told(notice);
  };
  const work = async (delivery: Delivery<unknown>): Promise<void> => {
    const context = new RedisStreamsContext(delivery, group);
    await handle(pattern, await packetOf(delivery, pattern, deserializer), context);
  };
  return new Reader({
    name: who,
    client: line.client,
    streams: keysOf(feature),
    group,
    source: handlerSource({ feature, group, handling, told: tell }, line),
    work: (delivery) => defer(() => work(delivery)),
    progress,
    concurrency: handling.concurrency,
    key: handling.key,
    onError: handling.onError,
    drainTimeout: handling.drainTimeout ?? line.drainTimeout,
  });
}

async function packetOf(delivery: Delivery<unknown>, pattern: string, by: ConsumerDeserializer | undefined): Promise<ReadPacket> {
  if (by === undefined) return { pattern, data: delivery.value };
  return (await by.deserialize(delivery, { channel: delivery.stream })) as ReadPacket;
}
