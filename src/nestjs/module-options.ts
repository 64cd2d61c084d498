import type { DynamicModule, FactoryProvider, Provider, Type } from '@nestjs/common';
import type { ConnectionOptions } from './connection.js';
import { connectionToken, DEFAULT_CONNECTION, getRedisToken } from './tokens.js';
import type { Connection } from './connection.js';
import { StreamsHost } from './streams-host.js';

/** What `RedisStreamsModule.forRoot` takes. */
export interface RedisStreamsOptions extends ConnectionOptions {
  /** What features and `InjectRedis` call this connection. Default `'default'`. */
  name?: string | undefined;
}

/** Makes the options of a connection: for `useClass` and `useExisting`. */
export interface RedisStreamsOptionsFactory {
  createRedisStreamsOptions(): ConnectionOptions | Promise<ConnectionOptions>;
}

/** What `RedisStreamsModule.forRootAsync` takes: one of `useFactory`, `useClass` and `useExisting`. */
export interface RedisStreamsAsyncOptions {
  /** What features and `InjectRedis` call this connection. Default `'default'`. */
  name?: string | undefined;
  imports?: DynamicModule['imports'];
  inject?: FactoryProvider['inject'];
  useFactory?: (...injected: never[]) => ConnectionOptions | Promise<ConnectionOptions>;
  useClass?: Type<RedisStreamsOptionsFactory>;
  useExisting?: Type<RedisStreamsOptionsFactory>;
}

/** The providers of a connection: what is known of it, and its client. */
export function connectionProviders({ name = DEFAULT_CONNECTION, ...options }: RedisStreamsAsyncOptions): Provider[] {
  const token = connectionToken(name);
  const { inject, useFactory, more } = optionsFactory(options);
  return [
    ...more,
    {
      provide: token,
      inject: [StreamsHost, ...inject],
      useFactory: async (host: StreamsHost, ...injected: never[]) => host.connect(name, await useFactory(...injected)),
    },
    { provide: getRedisToken(name), inject: [token], useFactory: ({ client }: Connection) => client },
  ];
}

function optionsFactory({ inject = [], useFactory, useClass, useExisting }: Omit<RedisStreamsAsyncOptions, 'name'>): {
  inject: NonNullable<FactoryProvider['inject']>;
  useFactory: (...injected: never[]) => ConnectionOptions | Promise<ConnectionOptions>;
  more: Provider[];
} {
  if (useFactory !== undefined) return { inject, useFactory, more: [] };
  const factory = useExisting ?? useClass;
  if (factory === undefined) {
    throw new TypeError('RedisStreamsModule.forRootAsync: give one of useFactory, useClass and useExisting.');
  }
  return {
    inject: [factory],
    useFactory: (made: RedisStreamsOptionsFactory) => made.createRedisStreamsOptions(),
    more: useClass === undefined ? [] : [useClass],
  };
}
