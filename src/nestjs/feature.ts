import { isObservable } from 'rxjs';
import type { Checkpoint, GroupOptions, StandardSchema } from '../index.js';
import { DEFAULT_CONNECTION } from './tokens.js';

/** Left to the module. */
type Decided = 'binary' | 'decode' | 'group' | 'signal' | 'streams';

/**
 * A name for streams, with how they are read: injected by `InjectStreams` and `InjectGroup`, handled by `@OnStream`. All options of
 * `fromGroup` and `fromStreams` may stand here.
 */
export interface RedisStreamsFeature<T = unknown> extends Partial<Omit<GroupOptions<T>, Decided>> {
  /** What it is injected and handled by. */
  name: string;
  /** A key, keys, `{ key: start }`, or an Observable of lists of them, as in `fromGroup`. */
  streams: GroupOptions['streams'];
  /** With it, `InjectGroup` injects a source of this group. */
  group?: string | undefined;
  /** A Standard Schema (zod, valibot, arktype …) for what `RedisStreamsClient` emitted, or else for the fields. */
  schema?: StandardSchema<T> | undefined;
  /** The name of a connection of `forRoot`. Default `'default'`. */
  connection?: string | undefined;
  /** For `InjectStreams`: where the positions are kept, as in `fromStreams`. */
  checkpoint?: Checkpoint | undefined;
  /** For `InjectStreams`: as in `fromStreams`. */
  settle?: 'auto' | 'manual' | undefined;
}

const OWN = new Set(['name', 'streams', 'group', 'schema', 'connection']);
const FOR_STREAMS = new Set(['checkpoint', 'settle']);
const FOR_GROUPS = new Set([
  'autoAcknowledge',
  'autoCreate',
  'claimIdle',
  'consumer',
  'healFrom',
  'lease',
  'redeliver',
  'removeConsumer',
  'startFromBacklog',
]);

/** What a feature says about reading, for one of the two sources: each refuses what is for the other. */
export function optionsFor(source: 'streams' | 'group', feature: RedisStreamsFeature): object {
  const other = source === 'streams' ? FOR_GROUPS : FOR_STREAMS;
  return Object.fromEntries(
    Object.entries(feature).filter(([option, value]) => value !== undefined && !OWN.has(option) && !other.has(option)),
  );
}

export function connectionOf({ connection = DEFAULT_CONNECTION }: RedisStreamsFeature): string {
  return connection;
}

/** The keys of its streams; none where they are an Observable of lists, which change. */
export function keysOf({ streams }: Pick<RedisStreamsFeature, 'streams'>): readonly string[] {
  if (typeof streams === 'string') return [streams];
  if (isObservable(streams)) return [];
  return Array.isArray(streams) ? (streams as readonly string[]) : Object.keys(streams);
}

/** Whether one says the same as the other: a feature may be asked for by several modules. */
export function sameFeature(one: RedisStreamsFeature, other: RedisStreamsFeature): boolean {
  const names = new Set([...Object.keys(one), ...Object.keys(other)]) as Set<keyof RedisStreamsFeature>;
  return [...names].every((name) => Object.is(one[name], other[name]) || (name === 'streams' && sameStreams(one, other)));
}

function sameStreams(one: RedisStreamsFeature, other: RedisStreamsFeature): boolean {
  if (isObservable(one.streams) || isObservable(other.streams)) return false;
  return JSON.stringify(one.streams) === JSON.stringify(other.streams);
}
