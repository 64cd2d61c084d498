import type { Observable, SchedulerLike } from 'rxjs';
import type { Checkpoint } from './checkpoint.js';
import type { Fields, FieldValue } from './entry.js';
import type { Notice } from './notices.js';
import type { Decode } from './plan.js';

/** A key, keys, or `{ key: start }`. A start is an id, `'0'` or `'$'`. */
export type Streams = string | readonly string[] | Readonly<Record<string, string>>;

/** The options that `fromStreams` and `fromGroup` share. Each is checked when the source is made. */
export interface SourceOptions<T = Fields, V extends FieldValue = string> {
  /**
   * A key, keys, or `{ key: start }`. A start is an id, `'0'` or `'$'`. In a group it says where a *new* group of that stream begins. Or
   * an Observable of lists of them: a list takes the place of the one before, and what is held of a stream that leaves is worked off.
   */
  streams: Streams | Observable<Streams>;
  /** The window: entries held and not yet settled, 1 or more. Default 100. */
  bufferSize?: number | undefined;
  /** Read again when that many or fewer are held. Default: half of `bufferSize`. */
  refillAt?: number | undefined;
  /** Longest single blocking read in ms, renewed for ever while live. Default 5000; with `until: 'drained'` 0 (no waiting). */
  timeout?: number | undefined;
  /** `'drained'`: complete once there is nothing left to read. Default `'never'`. */
  until?: 'never' | 'drained' | undefined;
  /** Stops gracefully: no operator order and no `retry()` can undo it. */
  signal?: AbortSignal | undefined;
  /** Bound of closing in ms; of a drained source, whose entries are still worked off then: of the time in which nothing moves. Default 30,000. */
  drainTimeout?: number | undefined;
  /** `(fields, entry) => T`, or a Standard Schema; gives `entry.value`. */
  decode?: Decode<T, V> | undefined;
  /**
   * An entry that cannot be decoded: `'error'` ends the source and leaves it pending, `'skip'` acks it, `'reject'` puts it on the
   * dead-letter stream of `redeliver()`; the last two are told (`invalid`) and reading goes on. Default `'error'`.
   */
  onInvalid?: 'error' | 'reject' | 'skip' | undefined;
  /** Field values as Buffers. Default false. */
  binary?: boolean | undefined;
  /**
   * Who reads the replies of the connection for reading: this library, where it can have the client's socket (`'auto'`), which takes
   * less than half of the time, or always the client (`'client'`), for what hooks into its replies. Default `'auto'`.
   */
  reader?: 'auto' | 'client' | undefined;
  /** Tell after that many ms that a full window has seen no settling. Default 30,000. */
  stallAfter?: number | undefined;
  /** The clock of every timer. Default: RxJS's `asyncScheduler`. */
  scheduler?: SchedulerLike | undefined;
  /** Called with every notice. What it throws is reported as an uncaught error, never into the stream. */
  notify?: ((notice: Notice) => void) | undefined;
}

/** The options of `fromStreams`. */
export interface StreamsOptions<T = Fields, V extends FieldValue = string> extends SourceOptions<T, V> {
  /** `'manual'`: an entry keeps its place in the window until `ack()`. Default `'auto'`: while a stage holds it. */
  settle?: 'auto' | 'manual' | undefined;
  /**
   * Keeps per stream up to where everything is settled, in a Redis hash of that name or in a store of yours, and goes on there after
   * a restart, whatever start `streams` says. Entries have `ack()`, and keep their place in the window until they are settled.
   */
  checkpoint?: Checkpoint | undefined;
}

/** The options of `fromGroup`. */
export interface GroupOptions<T = Fields, V extends FieldValue = string> extends SourceOptions<T, V> {
  group: string;
  /** A stable name is what makes the backlog yours after a restart. Default: a generated one. */
  consumer?: string | undefined;
  /** Make stream and group when missing, at `'$'` or `{ from }`. false: a missing group is the error NO_GROUP. Default true. */
  autoCreate?: boolean | { readonly from: string } | undefined;
  /** `NOACK`: at most once, no pending list. Default false. */
  autoAcknowledge?: boolean | undefined;
  /** Own pending entries before fresh ones; needs `consumer`. Default false. */
  startFromBacklog?: boolean | undefined;
  /** Renew the idle time of what is held for longer than that many ms, so that nobody claims it. Default 10,000. */
  lease?: { readonly renewEvery: number } | undefined;
  /** Adopt what other consumers left: what `claimIdle()` sets. Default: nothing is claimed. */
  claimIdle?: ClaimIdleOptions | undefined;
  /** Deliver nacked entries again, and put away what fails too often: what `redeliver()` sets. Default: neither. */
  redeliver?: RedeliverOptions | undefined;
  /** Where a group that vanished is made again. Default `'last-read'`; `'0'` reads everything again. */
  healFrom?: 'last-read' | '0' | undefined;
  /** `'when-empty'`: remove this consumer's name at the end if nothing is pending under it. Default `'never'`: only generated names are. */
  removeConsumer?: 'never' | 'when-empty' | undefined;
}

/** What `claimIdle()` takes. */
export interface ClaimIdleOptions {
  /** Adopt what nobody has touched for that many ms; at least three times `lease.renewEvery` of every consumer of the group. */
  readonly minIdle: number;
  /** ms between the end of one look through the pending list and the next. Default: half of `minIdle`. */
  readonly every?: number | undefined;
}

/** What `redeliver()` takes. */
export interface RedeliverOptions {
  /** How often an entry is delivered at most, 1 or more; then it goes to `deadLetter`. Default: for ever. */
  readonly maxDeliveries?: number | undefined;
  /** ms until a nacked entry comes again, or a function of its deliveries so far and of chance (from 0 up to 1). Default: `exponentialDelay()`. */
  readonly delay?: number | ((attempt: number, dice: number) => number) | undefined;
  /** The stream for what is rejected or was delivered too often. Needed for `maxDeliveries`. */
  readonly deadLetter?: string | undefined;
  /** Reading pauses while so many entries wait to come again. Default 1,000. */
  readonly maxWaiting?: number | undefined;
}

/** The options of `replayDeadLetters`. */
export interface ReplayOptions {
  /** The dead-letter stream. */
  from: string;
  /** Where they are put. Default: each to the stream it came from. */
  to?: string | undefined;
  /** Only count. Default `true`. */
  dryRun?: boolean | undefined;
}

/** The options of `groupLag`. */
export interface GroupLagOptions {
  /** A key, keys, or `{ key: start }` as `fromGroup` takes it; starts mean nothing here. */
  streams: Streams;
  group: string;
  /** ms from one look to the next. A look that takes longer leaves out those that were due meanwhile. Default 5,000. */
  every?: number | undefined;
  /** The clock of every timer. Default: RxJS's `asyncScheduler`. */
  scheduler?: SchedulerLike | undefined;
  /** Called with every notice; here that is `retrying`. What it throws is reported as an uncaught error, never into the stream. */
  notify?: ((notice: Notice) => void) | undefined;
}
