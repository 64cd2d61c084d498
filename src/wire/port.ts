import type { Observable } from 'rxjs';
import type { FieldValue } from '../entry.js';

/**
 * The only way to Redis. Every command is a cold one-shot Observable: nothing is sent before `subscribe`, it emits once and
 * completes, or fails with the client's error (`failures.ts` says what that means). Stream names are without `keyPrefix`.
 */
export interface Port {
  /** `XGROUP CREATE stream group from MKSTREAM`: true when it was made, false when it was there (BUSYGROUP). */
  createGroup(target: GroupOf & { from: string }): Observable<boolean>;
  /** The group's last-delivered-id from `XINFO GROUPS`; undefined without such a key or group. */
  lastDelivered(target: GroupOf): Observable<string | undefined>;
  /** last-generated-id from `XINFO STREAM`; undefined without such a key. */
  lastGenerated(target: { stream: string }): Observable<string | undefined>;
  /** `XACK`: how many left the pending list. */
  ack(target: GroupOf & { ids: readonly string[] }): Observable<number>;
  /** `XPENDING` of one consumer: at most `count` rows with ids after `after` (exclusive), up to `to` (inclusive, default `+`). */
  pending(target: ConsumerOf & { after: string; to?: string; count: number }): Observable<readonly PendingRow[]>;
  /** Pipelined `XRANGE id id`, in the order asked for: undefined for an entry that is gone. Leaves count and idle time alone. */
  fetch(target: { stream: string; ids: readonly string[]; binary: boolean }): Observable<readonly (RawEntry | undefined)[]>;
  /** Script: makes entries that are still ours idle for others and restores their count; the ids that were. */
  giveBack(target: ConsumerOf & { entries: readonly Counted[] }): Observable<readonly string[]>;
  /** Script: of these ids those that still are ours, as a new delivery (count + 1, idle 0). An entry with `pairs: null` is gone. */
  takeOver(
    target: ConsumerOf & { ids: readonly string[]; binary: boolean },
  ): Observable<readonly (RawEntry & { attempt: number })[]>;
  /** `XCLAIM … FORCE RETRYCOUNT n JUSTID`: registers held entries in a group that was made again; the ids registered, none of those that are pending already. */
  register(target: ConsumerOf & { entries: readonly Counted[] }): Observable<readonly string[]>;
  /** Script: removes the consumer unless it has pending entries; whether it did. */
  removeConsumer(target: ConsumerOf): Observable<boolean>;
  /** `CLIENT UNBLOCK id` through the caller's client: whether that connection was blocked. */
  unblock(target: { clientId: number }): Observable<boolean>;
  /** The caller's client was closed for good. */
  readonly ended: boolean;
  /** Calls back when that happens; the function it returns stops listening. */
  whenEnded(ended: () => void): () => void;
  /** A connection of our own for reading; nothing is opened before `connect()`. */
  reader(): Reader;
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
export interface PendingRow {
  readonly id: string;
  readonly consumer: string;
  /** ms since the last delivery. */
  readonly idle: number;
  /** Deliveries so far. */
  readonly count: number;
}

/** An entry as it came: names and values flat, or null when it is pending but no longer in the stream. */
export interface RawEntry {
  readonly id: string;
  readonly pairs: readonly FieldValue[] | null;
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

export interface Reader {
  /** Opens a new connection in place of any earlier one; emits its CLIENT ID. */
  connect(): Observable<number>;
  /** Emits the reply, [] when there was nothing. */
  read(request: ReadRequest): Observable<readonly StreamReply[]>;
  /** As the port's, but on this connection: what the server that is read from says. */
  lastGenerated(target: { stream: string }): Observable<string | undefined>;
  /** Closes the connection at once; a read that is out fails. Harmless when called twice. */
  disconnect(): void;
}
