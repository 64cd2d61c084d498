/** The name of a connection that was given none. */
export const DEFAULT_CONNECTION = 'default';

/**
 * The token of a feature's streams, as `InjectStreams` asks for it: to override it in tests, or to inject it into a factory.
 *
 * The token is what the feature would have to be: where it is missing, Nest's own error shows it.
 */
export function getStreamsToken(name: string): string {
  return `RedisStreamsModule.forFeature([{ name: ${JSON.stringify(name)}, streams: … }])`;
}

/** The token of a feature's group, as `InjectGroup` asks for it: to override it in tests, or to inject it into a factory. */
export function getGroupToken(name: string): string {
  return `RedisStreamsModule.forFeature([{ name: ${JSON.stringify(name)}, streams: …, group: … }])`;
}

/** The token of a connection's client, as `InjectRedis` asks for it. */
export function getRedisToken(connection: string = DEFAULT_CONNECTION): string {
  return `RedisStreamsModule.forRoot({ name: ${JSON.stringify(connection)}, connection: … })`;
}

const OF_CONNECTION = 'rxjs-redis-streams: connection ';

/** The token of what is known of a connection, beside its client. */
export function connectionToken(connection: string = DEFAULT_CONNECTION): string {
  return OF_CONNECTION + connection;
}

/** The connection whose token it is; undefined for every other token. */
export function connectionOfToken(token: unknown): string | undefined {
  return typeof token === 'string' && token.startsWith(OF_CONNECTION) ? token.slice(OF_CONNECTION.length) : undefined;
}
