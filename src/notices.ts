import type { AckError, DecodeError, StreamsError } from './errors.js';

/** Which command is being tried again. */
export type Retried =
  | 'join'
  | 'connect'
  | 'read'
  | 'probe'
  | 'ack'
  | 'give-back'
  | 'reconcile'
  | 'heal'
  | 'take-over'
  | 'claim'
  | 'look-back'
  | 'renew'
  | 'dead-letter'
  | 'forward'
  | 'publish'
  | 'lag'
  | 'save';

/** Everything worth telling, delivered to `notify` and on the `node:diagnostics_channel` named `rxjs-redis-streams`. */
export type Notice =
  /** Reading is about to begin. `generated`: the consumer's name was made up. `created`: the group was made by this join. */
  | { type: 'joined'; stream: string; group?: string; consumer?: string; generated?: boolean; created?: boolean; from: string }
  /** A connection for reading is open. Its replies are read by this library (`own`), or by the client. */
  | { type: 'connected'; reader: 'own' | 'client' }
  /**
   * Entries behind the saved position are no longer in the stream (trimmed or deleted), between `from` and `to`: as many as
   * `entries`, where Redis can tell. Reading goes on at the first entry there is.
   */
  | { type: 'gap'; stream: string; from: string; to: string; entries?: number }
  /** The stream was deleted and has smaller ids than the saved position, or is not there yet: reading begins at its beginning. */
  | { type: 'rewound'; stream: string; from: string; lastGenerated?: string }
  /** All of our own pending entries of the stream were emitted; `count` is with those that were gone. */
  | { type: 'backlog-done'; stream: string; count: number }
  /** A list no longer names the stream: it is read no more, and all that was held of it is settled and confirmed. */
  | { type: 'left'; stream: string }
  /** A command failed and is tried again after `delay` ms. */
  | { type: 'retrying'; what: Retried; attempt: number; delay: number; error: Error }
  /** Entries whose reply was lost, or that an earlier subscription left, are emitted now. */
  | { type: 'recovered'; stream: string; ids: readonly string[]; after: 'lost-reply' | 'takeover' }
  /** The group had vanished and was made again, by us or by another consumer; it stood at `from` when `held` entries of ours were registered in it again. */
  | { type: 'healed'; stream: string; group: string; from: string; held: number }
  /** Without a group: the stream was deleted (no `last`) or made anew with smaller ids than we had `read`; reading goes on at its beginning. */
  | { type: 'restarted'; stream: string; read: string; last: string | undefined }
  /** Pending entries that are no longer in the stream (trimmed or deleted): they leave the pending list, and are never emitted. */
  | { type: 'gone'; stream: string; ids: readonly string[] }
  /** An entry could not be decoded, and reading goes on without it: acked (`skipped`), or `rejected`. */
  | { type: 'invalid'; stream: string; id: string; done: 'skipped' | 'rejected'; error: DecodeError }
  /** Redis confirmed these acks. */
  | { type: 'acked'; stream: string; ids: readonly string[] }
  /** Everything up to this entry is settled, and the checkpoint says so. */
  | { type: 'saved'; stream: string; id: string }
  /** An entry was nacked: the position of the checkpoint stays below it, and all above it will come again. */
  | { type: 'held-back'; stream: string; id: string }
  /** Redis refused acks (or to save positions) for good, or they were not confirmed in time. */
  | { type: 'ack-refused'; error: AckError }
  /** Entries that were not started went back; `ids` are those that still were ours. */
  | { type: 'given-back'; stream: string; ids: readonly string[] }
  /** Giving back was refused (scripts not allowed, …): the entries stay pending as they are. */
  | { type: 'not-given-back'; stream: string; ids: readonly string[]; error: Error }
  /** Taking over was refused (scripts not allowed, …): the entries stay pending as they are, and reading goes on. */
  | { type: 'not-taken-over'; stream: string; ids: readonly string[]; error: Error }
  /** Entries that nobody had touched for `minIdle` are ours now. */
  | { type: 'claimed'; stream: string; ids: readonly string[] }
  /** The last delivery of these could not be made alone: nothing else in the window was settled for `stallAfter`. */
  | { type: 'not-alone'; stream: string; ids: readonly string[] }
  /** A nacked entry comes again to this consumer after `delay` ms; it was delivered `attempt` times. */
  | { type: 'waiting'; stream: string; id: string; attempt: number; delay: number }
  /** Entries that nobody shall work on again were put on the stream `to`, and acked. */
  | { type: 'dead-lettered'; stream: string; ids: readonly string[]; to: string }
  /** What came of these was added where they were acked: for each the stream it went to, and its id there. */
  | { type: 'forwarded'; stream: string; ids: readonly string[]; to: readonly string[]; added: readonly string[] }
  /** Entries that we hold are somebody else's by now: their `signal` is aborted, and acks are refused. */
  | { type: 'lease-lost'; stream: string; ids: readonly string[] }
  /** Renewing leases was refused (scripts not allowed, …): other consumers may claim what is held for longer than their `minIdle`. */
  | { type: 'not-renewed'; error: Error }
  /** Reading pauses because acks cannot be confirmed at present, or because too many entries wait to be delivered again. */
  | { type: 'paused'; why: 'acks' | 'redelivery'; unconfirmed: number; waiting: number }
  | { type: 'resumed' }
  /** The window is full, no stage works on any of it, and nothing was settled for `stallAfter`. */
  | { type: 'stalled'; held: number; bufferSize: number; oldest: { stream: string; id: string }; since: number }
  /** A stage asks for more concurrency than the window has room for. */
  | { type: 'window-too-small'; bufferSize: number; concurrency: number }
  /** `/sse`: what came as `Last-Event-ID` is no place in these streams. It is ignored, and the response begins where the default says. */
  | { type: 'not-resumed'; lastEventId: string; streams: readonly string[] }
  /** `/sse`: an entry could not be made an event, and the response goes on without it. */
  | { type: 'not-sent'; stream: string; id: string; error: StreamsError }
  /** `/sse`: the source has failed, and the response ends; its reader comes again and goes on where it was. */
  | { type: 'response-ended'; error: unknown }
  | { type: 'closing'; why: ClosingReason }
  /** This consumer was removed from the group (generated, or `removeConsumer: 'when-empty'`): it had nothing pending. */
  | { type: 'consumer-removed'; stream: string; consumer: string }
  /** It could not be removed (scripts not allowed, a lost read that the server may still answer, …) and stays. */
  | { type: 'consumer-kept'; stream: string; consumer: string; error: Error }
  /** The last notice of a subscription. */
  | { type: 'closed'; error?: StreamsError };

export type ClosingReason = 'unsubscribed' | 'drained' | 'signal' | 'error';
