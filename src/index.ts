export { ackAfter } from './operators/ack-after.js';
export type { Ackable, AckAfterOptions } from './operators/ack-after-options.js';
export type { ErrorAction, OnError } from './operators/settle-failure.js';
export type { Followed } from './operators/followed.js';
export { ackUnless } from './operators/ack-unless.js';
export { forwardTo, type ForwardOptions } from './operators/forward-to.js';
export { publishTo } from './operators/publish-to.js';
export { backlogFirst } from './operators/backlog-first.js';
export { claimIdle } from './operators/claim-idle.js';
export { redeliver } from './operators/redeliver.js';
export { shardOf, shards } from './shards.js';
export { exponentialDelay, type ExponentialDelayOptions } from './exponential-delay.js';
export { bufferRefill } from './operators/buffer-refill.js';
export { untilDrained } from './operators/until-drained.js';
export { fromGroup } from './sources/from-group.js';
export { fromStreams } from './sources/from-streams.js';
export { groupLag } from './sources/group-lag.js';
export { replayDeadLetters } from './sources/replay-dead-letters.js';
export { whenIdle } from './sources/seats.js';
export type { Checkpoint, CheckpointStore, Positions } from './checkpoint.js';
export type { Membership, Operation, OperationEnd, Processing, Publishing, Received, SettleOperation } from './channels.js';
export { AckError, DecodeError, isStreamsError, StreamsError, type ErrorCode, type Unconfirmed } from './errors.js';
export type { Delivery, Entry, Fields, FieldValue, HeldEntry, Origin, Pairs } from './entry.js';
export type { ConsumerLoad, GroupLag, LagFigures, StreamLag } from './lag.js';
export type { ClosingReason, Notice } from './notices.js';
export type {
  ClaimIdleOptions,
  GroupLagOptions,
  GroupOptions,
  RedeliverOptions,
  ReplayOptions,
  SourceOptions,
  Streams,
  StreamsOptions,
} from './options.js';
export type { Decode } from './plan.js';
export type { Outgoing } from './outgoing.js';
export type { PublishOptions } from './publish-options.js';
export type { Replayed } from './replayed.js';
export type { GroupSource, StreamsSource } from './sources/source.js';
export type { StandardSchema } from './standard-schema.js';
export type { TrimOptions } from './trimming.js';
export type { RedisClient } from './wire/client.js';
export { Consumer, type ConsumerOptions } from './consumers/consumer.js';
export { GroupConsumer, type GroupConsumerOptions } from './consumers/group-consumer.js';
