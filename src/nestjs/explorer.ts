import { Inject, Injectable, type OnApplicationBootstrap, type OnModuleInit } from '@nestjs/common';
import { DiscoveryService, ExternalContextCreator, MetadataScanner, ModuleRef } from '@nestjs/core';
import type { Observable } from 'rxjs';
import type { Delivery } from '../index.js';
import { noWildcards } from './check-feature.js';
import { connectionOf, keysOf, type RedisStreamsFeature } from './feature.js';
import { handlerSource } from './make-source.js';
import { ON_STREAM, type Declared } from './on-stream.js';
import { Progress } from './progress.js';
import { Reader } from './reader.js';
import { StreamsHost } from './streams-host.js';
import { getGroupToken } from './tokens.js';
import { wildcardIn } from './wildcard.js';
import { workOf, type Host } from './work-of.js';

/** Finds what `@OnStream` decorates, checks it when modules are initialised, and begins when all of them are. */
@Injectable()
export class Explorer implements OnModuleInit, OnApplicationBootstrap {
  constructor(
    @Inject(StreamsHost) private readonly host: StreamsHost,
    @Inject(DiscoveryService) private readonly discovery: DiscoveryService,
    @Inject(MetadataScanner) private readonly scanner: MetadataScanner,
    @Inject(ExternalContextCreator) private readonly creator: ExternalContextCreator,
    @Inject(ModuleRef) private readonly moduleRef: ModuleRef,
  ) {}

  onModuleInit(): void {
    const taken = new Map<string, string>();
    for (const wrapper of [...this.discovery.getProviders(), ...this.discovery.getControllers()]) {
      const { instance } = wrapper as { instance: unknown };
      if (typeof instance !== 'object' || instance === null || wrapper.isAlias) continue;
      for (const method of this.scanner.getAllMethodNames(Object.getPrototypeOf(instance) as object)) {
        const declared = declaredOn((instance as Record<string, unknown>)[method]);
        for (const each of declared) this.#add({ wrapper, instance, method }, each, taken);
      }
    }
  }

  onApplicationBootstrap(): void {
    for (const reader of this.host.readers) reader.start();
  }

  #add(at: Omit<Host, 'group'>, { feature: name, options }: Declared, taken: Map<string, string>): void {
    const who = `${at.instance.constructor.name}.${at.method}`;
    const feature = this.#feature(name, who);
    const group = options.group ?? feature.group;
    if (group === undefined) {
      throw new Error(
        `${who}: @OnStream('${name}') has no group: give it one, as in @OnStream('${name}', { group: 'billing' }), or the feature.`,
      );
    }
    for (const key of keysOf(feature)) {
      const place = JSON.stringify([connectionOf(feature), key, group]);
      const other = taken.get(place);
      if (other !== undefined) {
        throw new Error(
          `${who}: ${other} handles "${key}" in the group "${group}" already, and each entry of a group goes to one of its handlers: give one of them another group. (A class that two modules provide is two handlers: provide it in one, and export it.)`,
        );
      }
      taken.set(place, who);
    }
    const connection = this.host.connection(connectionOf(feature), who);
    const progress = new Progress(who);
    progress.consumer = options.consumer ?? feature.consumer ?? connection.consumer;
    this.host.readers.add(
      named(who, () => {
        const told = (notice: Parameters<Progress['told']>[0]): void => progress.told(notice);
        const source = this.#overridden(feature) ?? handlerSource({ feature, group, handling: options, told }, connection);
        const { concurrency, key, onError } = options;
        const { client, drainTimeout } = connection;
        const work = workOf({ ...at, group }, this.creator);
        const stage = { concurrency, key, onError, drainTimeout: options.drainTimeout ?? feature.drainTimeout ?? drainTimeout };
        return new Reader({
          ...stage,
          name: who,
          client,
          streams: keysOf(feature),
          group,
          source,
          work,
          progress,
        });
      }),
    );
  }

  #feature(name: string, who: string): RedisStreamsFeature {
    if (wildcardIn(name)) throw new Error(`${who}: @OnStream: ${noWildcards(name)}`);
    const feature = this.host.features.get(name);
    if (feature !== undefined) return feature;
    const known = [...this.host.features.keys()].map((each) => `"${each}"`).join(', ') || 'none';
    throw new Error(
      `${who}: @OnStream('${name}') names a feature that there is not (known: ${known}): add { name: '${name}', streams: '${name}' } to a RedisStreamsModule.forFeature([…]).`,
    );
  }

  /** In tests a feature's group may be something else; then that is what the handler reads. */
  #overridden({ name, group }: RedisStreamsFeature): Observable<Delivery<unknown>> | undefined {
    if (group === undefined) return undefined;
    const token = getGroupToken(name);
    const injected: unknown = this.moduleRef.get(token, { strict: false });
    return injected === this.host.sources.get(token) ? undefined : (injected as Observable<Delivery<unknown>>);
  }
}

function declaredOn(method: unknown): readonly Declared[] {
  return typeof method === 'function' ? ((Reflect.getOwnMetadata(ON_STREAM, method) ?? []) as readonly Declared[]) : [];
}

/** What the library says about wrong options, with the class and the method before it. */
function named<T>(who: string, make: () => T): T {
  try {
    return make();
  } catch (error) {
    if (!(error instanceof Error)) throw error;
    throw new (error instanceof RangeError ? RangeError : TypeError)(`${who}: @OnStream: ${error.message}`, { cause: error });
  }
}
