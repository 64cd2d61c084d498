import type { Observable } from 'rxjs';
import type { Checkpoint, Position, StreamInfo } from '../checkpoint.js';
import type { Flat } from '../flat.js';
import type { Addition } from '../settlement.js';
import type { Standing } from '../standing.js';

/**
 * The only way to Redis. Every command is a cold one-shot Observable: nothing is sent before `subscribe`, it emits once and
 * completes, or fails with the client's error (`failures.ts` says what that means). Stream names are without `keyPrefix`.
 */
export interface Port {
  /** `XGROUP CREATE stream group from MKSTREAM`: true when it was made, false when it was there (BUSYGROUP). */
  createGroup(target: GroupOf & { from: string }): Observable<boolean>;
  /** `XGROUP SETID stream group 0-0`: all of the stream is new to the group; false when there is no such key. */
  rewindGroup(target: GroupOf): Observable<boolean>;
  /** The group's last-delivered-id from `XINFO GROUPS`; undefined without such a key or group. */
  lastDelivered(target: GroupOf): Observable<string | undefined>;
  /** last-generated-id from `XINFO STREAM`; undefined without such a key. */
  lastGenerated(target: { stream: string }): Observable<string | undefined>;
  /** `XINFO STREAM stream FULL COUNT 1`: where stream, group and consumers stand, in one moment; undefined without such a key or group. */
  standing(target: GroupOf): Observable<Standing | undefined>;
  /** `XRANGE` in pages: how many entries there are after `after` (exclusive) up to `to`, counted up to `most`, and the first of them. */
  countEntries(target: { stream: string; after: string; to: string; most: number }): Observable<EntryCount>;
  /** `TIME`: ms since 1970 by Redis's clock. */
  time(): Observable<number>;
  /** `XACK`: how many left the pending list. */
  ack(target: GroupOf & { ids: readonly string[] }): Observable<number>;
  /**
   * `XPENDING` of one consumer, or of all: at most `count` rows with ids after `after` (exclusive), up to `to` (inclusive, default
   * `+`), with `minIdle` only those that nobody has touched for so many ms.
   */
  pending(target: PendingOf): Observable<readonly PendingRow[]>;
  /** Script: makes entries ours that still are idle for so long, as no delivery yet; those gone from the stream leave the pending list. */
  claim(target: ConsumerOf & { ids: readonly string[]; minIdle: number }): Observable<Claimed>;
  /** Script: renews the idle time of entries that still are ours, as no delivery. */
  renew(target: ConsumerOf & { ids: readonly string[] }): Observable<Renewed>;
  /** Script: acks those that still are ours; the ids that were. */
  ackOwned(target: ConsumerOf & { ids: readonly string[] }): Observable<readonly string[]>;
  /** Script (across slots: command by command): puts entries that still are ours on the dead-letter stream `to`, and acks them last. */
  deadLetter(target: ConsumerOf & { to: string; entries: readonly DeadLetter[] }): Observable<DeadLettered>;
  /** Script: for entries that still are ours adds what comes of them, and acks them last. All of the streams are in one slot. */
  forward(target: ConsumerOf & { entries: readonly Forward[] }): Observable<Forwarded>;
  /** No script reaches both of these streams: on a Cluster they are in different slots. */
  areApart(one: string, other: string): boolean;
  /** Pipelined `XRANGE id id`, in the order asked for: undefined for an entry that is gone. Leaves count and idle time alone. */
  fetch(target: { stream: string; ids: readonly string[]; binary: boolean }): Observable<readonly (RawEntry | undefined)[]>;
  /** Script: makes entries that are still ours idle for others and restores their count; the ids that were. */
  giveBack(target: ConsumerOf & { entries: readonly Counted[] }): Observable<readonly string[]>;
  /**
   * Script: of these entries those that still are ours, as a new delivery (idle 0) with the count given; 0 is one more than it was. An
   * entry with `pairs: null` is gone.
   */
  takeOver(
    target: ConsumerOf & { entries: readonly Counted[]; binary: boolean },
  ): Observable<readonly (RawEntry & { attempt: number })[]>;
  /** `XCLAIM … FORCE RETRYCOUNT n JUSTID`: registers held entries in a group that was made again; the ids registered, none of those that are pending already. */
  register(target: ConsumerOf & { entries: readonly Counted[] }): Observable<readonly string[]>;
  /** Script: removes the consumer unless it has pending entries; whether it did. */
  removeConsumer(target: ConsumerOf): Observable<boolean>;
  /** `XINFO STREAM`; undefined without such a key. */
  streamInfo(target: { stream: string }): Observable<StreamInfo | undefined>;
  /** What is stored of these streams. From now on the checkpoint is ours: whoever had it cannot save any more. */
  openCheckpoint(target: { checkpoint: Checkpoint; streams: readonly string[] }): Observable<ReadonlyMap<string, Position>>;
  /** Keeps positions, if the checkpoint still is ours. They never move back, except with `rewind`. */
  savePositions(target: { checkpoint: Checkpoint; positions: ReadonlyMap<string, Position>; rewind: boolean }): Observable<Saved>;
  /** `CLIENT UNBLOCK id` through the caller's client: whether that connection was blocked. */
  unblock(target: { clientId: number }): Observable<boolean>;
  /** The caller's client was closed for good. */
  readonly ended: boolean;
  /** Calls back when that happens; the function it returns stops listening. */
  whenEnded(ended: () => void): () => void;
  /** A connection of our own for reading; nothing is opened before `connect()`. `client`: its replies are read by the client in any case. */
  reader(by?: 'auto' | 'client'): Reader;
}

export interface GroupOf {
  readonly stream: string;
  readonly group: string;
}
export interface ConsumerOf extends GroupOf {
  readonly consumer: string;
}
export interface Counted {
  readonly id: string;
  /** The delivery count that Redis shall show. */
  readonly count: number;
}
export interface PendingOf extends GroupOf {
  readonly consumer?: string;
  readonly minIdle?: number;
  readonly after: string;
  readonly to?: string;
  readonly count: number;
}
/** What `claim` did: ours now, and no longer pending because it is no longer in the stream. Somebody else's is in neither. */
interface Claimed {
  readonly ours: readonly string[];
  readonly gone: readonly string[];
}
/** What `renew` found: somebody else's by now, and no longer in the stream. */
interface Renewed {
  readonly lost: readonly string[];
  readonly gone: readonly string[];
}
export interface DeadLetter {
  readonly id: string;
  /** Of the error that led there. */
  readonly name: string;
  readonly message: string;
}
export interface DeadLettered {
  readonly moved: readonly string[];
  readonly gone: readonly string[];
}
/** What comes of the pending entry of that id. */
export interface Forward extends Addition {
  readonly id: string;
}
/** The entries that were ours, and what was added for each. */
export interface Forwarded {
  readonly done: readonly string[];
  readonly added: readonly string[];
}
export interface PendingRow {
  readonly id: string;
  readonly consumer: string;
  /** ms since the last delivery. */
  readonly idle: number;
  /** Deliveries so far. */
  readonly count: number;
}

export interface EntryCount {
  readonly count: number;
  /** The id of the first entry; undefined when there is none. */
  readonly first: string | undefined;
}

/** `saved`; `taken`: not, because it belongs to somebody else by now; `anew`: saved, and nothing of what was saved before was there. */
export type Saved = 'saved' | 'taken' | 'anew';

/** An entry as it came: names and values flat, or null when it is pending but no longer in the stream. */
export interface RawEntry {
  readonly id: string;
  readonly pairs: Flat | null;
}
export interface StreamReply {
  readonly stream: string;
  readonly entries: readonly RawEntry[];
}

/** `from` per stream: an id (exclusive), or `>` for what the group never delivered. */
export interface ReadRequest {
  readonly from: readonly (readonly [stream: string, id: string])[];
  /** At most that many entries per stream, at least 1. */
  readonly count: number;
  /** ms to wait for entries; undefined: do not wait. */
  readonly block: number | undefined;
  /** XREADGROUP instead of XREAD. */
  readonly as?: { readonly group: string; readonly consumer: string; readonly noAck: boolean };
  readonly binary: boolean;
}

/** Who makes values of the bytes that come: this library, or the client. */
export type ReadBy = 'own' | 'client';

export interface Reader {
  /** Known while a connection is open. */
  readonly by?: ReadBy | undefined;
  /** Opens a new connection in place of any earlier one; emits its CLIENT ID. */
  connect(): Observable<number>;
  /** Emits the reply, [] when there was nothing. */
  read(request: ReadRequest): Observable<readonly StreamReply[]>;
  /**
   * What `send` subscribes to leaves in one piece. Where we read the replies ourselves it is given an `ack` on this connection; what comes to
   * nothing there goes the port's way. Never behind a read that waits: an ack would wait as long.
   */
  readonly together?: (send: (ack?: Port['ack']) => void) => void;
  /** As the port's, but on this connection: what the server that is read from says. */
  lastGenerated(target: { stream: string }): Observable<string | undefined>;
  /** Closes the connection at once; a read that is out fails. Harmless when called twice. */
  disconnect(): void;
}
