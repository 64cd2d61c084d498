import { Inject, Injectable, type OnApplicationShutdown, type OnModuleDestroy } from '@nestjs/common';
import { ModulesContainer } from '@nestjs/core';
import type { Subscription } from 'rxjs';
import { Connection, type ConnectionOptions } from './connection.js';
import { sameFeature, type RedisStreamsFeature } from './feature.js';
import { logger } from './logger.js';
import type { Reader } from './reader.js';
import { connectionOfToken } from './tokens.js';

/** By this a server is told which application it serves: a strategy of ours, of whichever copy of the package. */
export const ATTACH: unique symbol = Symbol.for('rxjs-redis-streams/nestjs: attach') as never;

export interface Guest {
  [ATTACH](host: StreamsHost): void;
}

/** What the application has of ours: connections, features and readers; and the order in which they end. */
@Injectable()
export class StreamsHost implements OnModuleDestroy, OnApplicationShutdown {
  readonly connections = new Map<string, Connection>();
  readonly features = new Map<string, RedisStreamsFeature>();
  /** What was made for features, by token; what is injected instead was overridden. */
  readonly sources = new Map<string, object>();
  readonly readers = new Set<Reader>();
  readonly #servers: Subscription;

  constructor(@Inject(ModulesContainer) readonly modules: ModulesContainer) {
    this.#servers = modules.getRpcTargetRegistry<unknown>().subscribe({
      next: (server) => isGuest(server) && server[ATTACH](this),
      error: (error: unknown) => logger.error(error),
    });
  }

  connect(name: string, options: ConnectionOptions): Connection {
    if (this.connections.has(name)) {
      throw new Error(
        `RedisStreamsModule.forRoot: there are two connections "${name}": give one of them another name, as in forRoot({ name: 'audit', … }).`,
      );
    }
    const connection = new Connection(name, options);
    this.connections.set(name, connection);
    return connection;
  }

  connection(name: string, who: string): Connection {
    const connection = this.connections.get(name);
    if (connection !== undefined) return connection;
    // Not all of them have to be made yet.
    const tokens = [...this.modules.values()].flatMap(({ providers }) => [...providers.keys()]);
    const names = tokens.map((token) => connectionOfToken(token)).filter((each) => each !== undefined);
    const known = names.map((each) => `"${each}"`).join(', ') || 'none';
    throw new Error(
      `${who} needs the connection "${name}", which there is not (known: ${known}): import RedisStreamsModule.forRoot({ ${name === 'default' ? '' : `name: '${name}', `}connection: … }) in the root module.`,
    );
  }

  declare(features: readonly RedisStreamsFeature[]): readonly RedisStreamsFeature[] {
    for (const feature of features) {
      const before = this.features.get(feature.name);
      if (before !== undefined && !sameFeature(before, feature)) {
        throw new Error(
          `RedisStreamsModule.forFeature: two features are named "${feature.name}", and differ: give one of them another name, or declare it once and share it.`,
        );
      }
      this.features.set(feature.name, feature);
    }
    return features;
  }

  /** Intake ends: handlers finish what they have begun, and injected sources complete, which ends whatever is open on them. */
  async onModuleDestroy(): Promise<void> {
    this.#servers.unsubscribe();
    const drained = [...this.readers].map((reader) => reader.stop());
    for (const connection of this.connections.values()) connection.stop();
    await Promise.all(drained);
    await Promise.all([...this.connections.values()].map((connection) => connection.whenIdle()));
  }

  /** By now nobody needs a client any more. */
  async onApplicationShutdown(): Promise<void> {
    await Promise.all([...this.connections.values()].map((connection) => connection.close()));
  }
}

function isGuest(server: unknown): server is Guest {
  return typeof server === 'object' && server !== null && ATTACH in server && typeof server[ATTACH] === 'function';
}
