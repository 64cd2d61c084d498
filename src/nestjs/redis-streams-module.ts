import { Module, type DynamicModule, type FactoryProvider } from '@nestjs/common';
import { ModulesContainer } from '@nestjs/core';
import { checkFeature } from './check-feature.js';
import { connectionOf, type RedisStreamsFeature } from './feature.js';
import { HostModule } from './host-module.js';
import { groupSource, streamsSource } from './make-source.js';
import { connectionProviders, type RedisStreamsAsyncOptions, type RedisStreamsOptions } from './module-options.js';
import { StreamsHost } from './streams-host.js';
import { connectionToken, getGroupToken, getStreamsToken } from './tokens.js';
import { whoUses } from './who-uses.js';

/**
 * Redis Streams in an application of Nest: connections (`forRoot`, once for each in the root module) and features (`forFeature`, in
 * the modules that use them).
 *
 * ```ts
 * @Module({
 *   imports: [
 *     RedisStreamsModule.forRoot({ connection: 'redis://localhost', consumer: hostname() }),
 *     RedisStreamsModule.forFeature([{ name: 'orders', streams: 'orders', group: 'billing', schema: Order }]),
 *   ],
 *   providers: [Billing],
 * })
 * class AppModule {}
 * ```
 *
 * Call `app.enableShutdownHooks()`: only then a SIGTERM is a shutdown in order. See docs/nestjs.md.
 * @see {@link OnStream}, {@link InjectStreams}, {@link InjectGroup}
 */
@Module({})
export class RedisStreamsModule {
  /** A connection, for the whole application. More of them have names. */
  static forRoot(options: RedisStreamsOptions): DynamicModule {
    const { name, ...connection } = options ?? {};
    return RedisStreamsModule.forRootAsync({ name, useFactory: () => connection });
  }

  /** The same, with options that have to be made first: by a factory, or by a class. */
  static forRootAsync({ imports = [], ...options }: RedisStreamsAsyncOptions): DynamicModule {
    const providers = connectionProviders(options);
    const exported = providers.flatMap((provider) => ('provide' in provider ? [provider.provide] : []));
    return { module: RedisStreamsModule, global: true, imports: [HostModule, ...imports], providers, exports: exported };
  }

  /** Features for the module that imports this: to be injected, and handled by `@OnStream`. */
  static forFeature(features: readonly RedisStreamsFeature[]): DynamicModule {
    for (const feature of features) checkFeature(feature);
    const declared: FactoryProvider = {
      provide: Symbol('rxjs-redis-streams: features'),
      inject: [{ token: StreamsHost, optional: true }],
      useFactory: (host?: StreamsHost) => host?.declare(features) ?? [],
    };
    const sources = features.flatMap((feature) => sourcesOf(feature));
    return { module: RedisStreamsModule, providers: [declared, ...sources], exports: sources.map(({ provide }) => provide) };
  }
}

function sourcesOf(feature: RedisStreamsFeature): FactoryProvider[] {
  const { name, group } = feature;
  const streams = provider(getStreamsToken(name), feature, (host, who) =>
    streamsSource(feature, host.connection(connectionOf(feature), who)),
  );
  if (group === undefined) return [streams];
  const grouped = { ...feature, group };
  return [
    streams,
    provider(getGroupToken(name), feature, (host, who) => groupSource(grouped, host.connection(connectionOf(feature), who))),
  ];
}

function provider(
  token: string,
  feature: RedisStreamsFeature,
  make: (host: StreamsHost, who: string) => object,
): FactoryProvider {
  return {
    provide: token,
    // The connection is asked for so that it is made before; where there is none, the error says so better than Nest can.
    inject: [
      { token: StreamsHost, optional: true },
      { token: connectionToken(feature.connection), optional: true },
      ModulesContainer,
    ],
    useFactory: (host: StreamsHost | undefined, _connection: unknown, modules: ModulesContainer) => {
      const users = whoUses(modules, feature.name);
      const of = users.length === 0 ? '' : ` of ${users.join(' and ')}`;
      const who = `RedisStreamsModule.forFeature: the feature "${feature.name}"${of}`;
      if (host === undefined) {
        throw new Error(`${who} has no connection: import RedisStreamsModule.forRoot({ connection: … }) in the root module.`);
      }
      const source = make(host, who);
      host.sources.set(token, source);
      return source;
    },
  };
}
