import { SpanKind } from '@opentelemetry/api';

/**
 * Every name that is told, in one place: the conventions for messaging are still in development
 * (https://opentelemetry.io/docs/specs/semconv/messaging/), and docs/telemetry.md has the same tables.
 */
export const ATTRIBUTES = {
  /** `messaging.system` until 1.44 of the conventions. */
  system: 'messaging.system.name',
  operation: 'messaging.operation.name',
  type: 'messaging.operation.type',
  /** The stream. */
  destination: 'messaging.destination.name',
  group: 'messaging.consumer.group.name',
  /** The consumer, by its name in the group. */
  client: 'messaging.client.id',
  /** The id of one entry. */
  id: 'messaging.message.id',
  /** Of an operation on several. */
  count: 'messaging.batch.message_count',
  error: 'error.type',
} as const;

/** Not in the list of the conventions, which allow others. */
export const SYSTEM = 'redis';

/** The span `poll orders` is a CLIENT and of the type `receive`, and so on. */
export const OPERATIONS = {
  poll: { type: 'receive', kind: SpanKind.CLIENT },
  process: { type: 'process', kind: SpanKind.CONSUMER },
  ack: { type: 'settle', kind: SpanKind.CLIENT },
  nack: { type: 'settle', kind: SpanKind.CLIENT },
  reject: { type: 'settle', kind: SpanKind.CLIENT },
  forward: { type: 'settle', kind: SpanKind.CLIENT },
  send: { type: 'send', kind: SpanKind.PRODUCER },
} as const;

export const METRICS = {
  sent: 'messaging.client.sent.messages',
  consumed: 'messaging.client.consumed.messages',
  duration: 'messaging.client.operation.duration',
  process: 'messaging.process.duration',
} as const;

/** Bounds of the histograms in seconds, as the conventions advise. */
export const BUCKETS = [0.005, 0.01, 0.025, 0.05, 0.075, 0.1, 0.25, 0.5, 0.75, 1, 2.5, 5, 7.5, 10];

/** Those of redis_exporter, whose dashboards fit; the conventions have none. The last one is ours. */
export const GAUGES = {
  length: 'redis_stream_length',
  lag: 'redis_stream_group_lag',
  pending: 'redis_stream_group_messages_pending',
  consumers: 'redis_stream_group_consumers',
  consumerPending: 'redis_stream_group_consumer_messages_pending',
  consumerIdle: 'redis_stream_group_consumer_idle_seconds',
  behind: 'redis_stream_group_behind_seconds',
} as const;

/** Attributes of the gauges: the labels of redis_exporter. */
export const LABELS = { stream: 'stream', group: 'group', consumer: 'consumer' } as const;
