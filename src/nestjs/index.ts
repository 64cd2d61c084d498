export { InjectGroup, InjectRedis, InjectStreams } from './inject.js';
export { OnStream, type OnStreamOptions } from './on-stream.js';
export { RedisStreamsContext } from './redis-streams-context.js';
export { RedisStreamsModule } from './redis-streams-module.js';
export { getGroupToken, getRedisToken, getStreamsToken } from './tokens.js';
export type { ConnectionOptions } from './connection.js';
export type { RedisConnection } from './connect.js';
export type { RedisStreamsFeature } from './feature.js';
export type { HandlingOptions } from './handling-options.js';
export type { RedisStreamsAsyncOptions, RedisStreamsOptions, RedisStreamsOptionsFactory } from './module-options.js';
export type { PacketMetadata } from './packet.js';
export type { StreamRequest } from './work-of.js';
export { RedisStreamsClient, type RedisStreamsClientOptions, type RedisStreamsPacket } from './redis-streams-client.js';
export {
  REDIS_STREAMS,
  RedisStreamsStrategy,
  type RedisStreamsEvents,
  type RedisStreamsStatus,
} from './redis-streams-strategy.js';
export type { StrategyOptions as RedisStreamsStrategyOptions } from './strategy-line.js';
export { RedisStreamsHealthIndicator, type RedisStreamsHealth } from './redis-streams-health-indicator.js';
export type { HandlerHealth, HealthLimits } from './check-health.js';
