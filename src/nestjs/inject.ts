import { Inject } from '@nestjs/common';
import { getGroupToken, getRedisToken, getStreamsToken } from './tokens.js';

/** Decorates a constructor's parameter, or a property. */
export type InjectDecorator = PropertyDecorator & ParameterDecorator;

/**
 * Injects the streams of a feature as a `StreamsSource`: each subscription is a reader that sees all entries, and acks nothing.
 *
 * Use it for feeds, caches and server-sent events. It completes when the application shuts down.
 *
 * ```ts
 * constructor(@InjectStreams('orders') private readonly orders: StreamsSource<Order>) {}
 * ```
 *
 * Where no module in reach has the feature, Nest's error names the class and the `forFeature` that is missing.
 * @see {@link getStreamsToken} to override it in tests
 */
export function InjectStreams(name: string): InjectDecorator {
  return Inject(getStreamsToken(name));
}

/**
 * Injects the group of a feature as a `GroupSource`: entries to be worked on and acked, by operators of your own.
 *
 * Use it where `@OnStream` is not enough: batches, windows, joins. It completes when the application shuts down.
 *
 * ```ts
 * constructor(@InjectGroup('billing') private readonly orders: GroupSource<Order>) {}
 * ```
 *
 * Where no module in reach has the feature, or the feature has no group, Nest's error names the class and the `forFeature` that is missing.
 * @see {@link getGroupToken} to override it in tests
 */
export function InjectGroup(name: string): InjectDecorator {
  return Inject(getGroupToken(name));
}

/** Injects the client of a connection, to add entries with. Do not close it: what the module has made, it closes. */
export function InjectRedis(connection?: string): InjectDecorator {
  return Inject(getRedisToken(connection));
}
