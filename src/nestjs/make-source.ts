import type { Observable } from 'rxjs';
import { fromGroup, fromStreams, type Delivery, type GroupSource, type Notice, type StreamsSource } from '../index.js';
import type { Connection } from './connection.js';
import { optionsFor, type RedisStreamsFeature } from './feature.js';
import { readingOf, type HandlingOptions } from './handling-options.js';
import { decodeOf } from './packet.js';

/** What `InjectStreams` injects. */
export function streamsSource(feature: RedisStreamsFeature, connection: Connection): StreamsSource<unknown> {
  return fromStreams(connection.client, {
    ...shared(feature, connection),
    ...optionsFor('streams', feature),
    signal: connection.signal,
  } as Parameters<typeof fromStreams<unknown>>[1]);
}

/** What `InjectGroup` injects. */
export function groupSource(feature: RedisStreamsFeature & { group: string }, connection: Connection): GroupSource<unknown> {
  return fromGroup<unknown>(connection.client, {
    ...shared(feature, connection),
    ...(connection.consumer === undefined ? {} : { consumer: connection.consumer }),
    ...optionsFor('group', feature),
    group: feature.group,
    signal: connection.signal,
  } as Parameters<typeof fromGroup<unknown>>[1]);
}

/** What a handler reads. It has no signal: its reader takes nothing more when the application shuts down, and gives back what waits. */
export function handlerSource(
  {
    feature,
    group,
    handling,
    told,
  }: { feature: RedisStreamsFeature; group: string; handling: HandlingOptions; told: (notice: Notice) => void },
  connection: Pick<Connection, 'client' | 'consumer' | 'drainTimeout' | 'notify'>,
): Observable<Delivery<unknown>> {
  const notify = handling.notify ?? feature.notify ?? connection.notify;
  const { startFromBacklog = false, ...options } = optionsFor('group', feature) as { startFromBacklog?: boolean };
  return fromGroup<unknown>(connection.client, {
    ...shared(feature, connection),
    ...(connection.consumer === undefined ? {} : { consumer: connection.consumer }),
    ...readingOf({ backlogFirst: startFromBacklog, ...options, ...defined(handling) }),
    group,
    notify: (notice: Notice) => {
      told(notice);
      notify?.(notice);
    },
  } as Parameters<typeof fromGroup<unknown>>[1]);
}

/** Without what is undefined: that would hide what the feature says. */
function defined(options: HandlingOptions): HandlingOptions {
  return Object.fromEntries(Object.entries(options).filter(([, value]) => value !== undefined));
}

function shared(
  { streams, schema }: RedisStreamsFeature,
  { drainTimeout, notify }: Pick<Connection, 'drainTimeout' | 'notify'>,
): { streams: RedisStreamsFeature['streams']; decode: ReturnType<typeof decodeOf>; drainTimeout: number; notify: typeof notify } {
  return { streams, decode: decodeOf(schema), drainTimeout, notify };
}
