import type { ClosingReason } from '../notices.js';
import type { Failure } from '../failure.js';
import type { Flat } from '../flat.js';
import type { Owed } from './effects.js';

/** What happened. Clock and chance come beside it as a {@link Moment}. */
export type Event =
  | { readonly type: 'start' }
  /** Every new stream's group stands (or, standalone, its `$` is an id now). */
  | { readonly type: 'joined'; readonly at: readonly Joined[] }
  /** `reader`: who reads the replies. */
  | { readonly type: 'connected'; readonly clientId: number; readonly reader?: 'own' | 'client' | undefined }
  | { readonly type: 'replied'; readonly replies: readonly Batch[] }
  /** The last ids that the streams have given; undefined: there is no such key. */
  | { readonly type: 'probed'; readonly at: readonly { readonly stream: string; readonly last: string | undefined }[] }
  | { readonly type: 'reconciled'; readonly found: readonly Batch[]; readonly more: boolean }
  | { readonly type: 'took-over'; readonly found: readonly Arrival[] }
  | { readonly type: 'looked-back'; readonly pages: readonly Rows[] }
  /**
   * These are ours now, as no delivery yet; those that are gone from the stream have left the pending list. `next` is where to look on,
   * if there is more.
   */
  | { readonly type: 'claimed'; readonly found: Rows; readonly gone: readonly string[]; readonly next: string | undefined }
  /** An entry of ours comes again after `delay` ms; it was delivered `attempt` times. */
  | { readonly type: 'nacked'; readonly stream: string; readonly id: string; readonly attempt: number; readonly delay: number }
  | { readonly type: 'healed'; readonly at: readonly { readonly stream: string; readonly from: string }[] }
  | { readonly type: 'failed'; readonly failure: Failure }
  /** An entry that came cannot be emitted. */
  | { readonly type: 'undecodable'; readonly failure: Failure }
  /** Redis refused an ack for good: it would refuse the next ones too, and the pending list would grow for ever. */
  | { readonly type: 'ack-refused'; readonly failure: Failure }
  | { readonly type: 'window'; readonly window: Window }
  | { readonly type: 'timer'; readonly name: TimerName }
  /** Pull: one more request. */
  | { readonly type: 'wanted' }
  /** Pull: another reader has answered it. */
  | { readonly type: 'unwanted' }
  | {
      readonly type: 'stream-added';
      readonly stream: string;
      readonly start: string | undefined;
      /** What an earlier consumer of this name left in it. */
      readonly owed: Owed | undefined;
    }
  /** It is to be read no more, while others are. */
  | { readonly type: 'stream-left'; readonly stream: string }
  /** It is not to leave after all. */
  | { readonly type: 'stream-stays'; readonly stream: string }
  | { readonly type: 'worked-off'; readonly stream: string }
  | { readonly type: 'stop'; readonly why: Exclude<ClosingReason, 'error'> }
  /** The caller's client was closed for good. */
  | { readonly type: 'ended'; readonly failure: Failure }
  /** The answer to CLIENT UNBLOCK: whether that connection was blocked. Without its id: there was no answer, so it may be. */
  | { readonly type: 'unblocked'; readonly was: boolean; readonly clientId?: number }
  /** CLIENT UNBLOCK is not to be had. */
  | { readonly type: 'unblock-refused' }
  /** Everything that closing had to send was sent. */
  | { readonly type: 'parted' };

export interface Moment {
  /** ms, monotonic within a subscription. */
  readonly now: number;
  /** From 0 up to 1. */
  readonly dice: number;
  /** What the other readers have by now, where a subscription has several (Cluster: one for each slot). */
  readonly others?: Others | undefined;
}

export interface Joined {
  readonly stream: string;
  readonly from: string;
  readonly created: boolean;
  /** The group has vanished since an earlier subscription stood at `from`: it is to be healed. */
  readonly missing?: boolean;
}

/** Entries of one stream as they came. */
export interface Batch {
  readonly stream: string;
  readonly entries: readonly Arrival[];
}

export interface Arrival {
  readonly id: string;
  /** Names and values flat; null: pending, but gone from the stream. */
  readonly pairs: Flat | null;
  /** Deliveries so far, this one included; undefined: the first. */
  readonly attempt?: number | undefined;
}

/** Pending entries of one stream, with their deliveries so far. */
export interface Rows {
  readonly stream: string;
  readonly rows: readonly { readonly id: string; readonly count: number }[];
}

/** What the ledger counts. */
export interface Window {
  /** Entries that count: held and not yet settled. */
  readonly held: number;
  /** Those of them that a stage of ours works on. */
  readonly taken: number;
  /** Settled, but not yet confirmed by Redis. */
  readonly unconfirmed: number;
  /** How many were settled since the start. */
  readonly settled: number;
  /** The last XACK failed and waits to be tried again. */
  readonly failing: boolean;
  /** What the others have, where a subscription has several readers. */
  readonly others?: Others;
}

/** What the other readers of a subscription have of the window, which is one. */
export interface Others extends Pick<Window, 'held' | 'taken' | 'unconfirmed' | 'settled'> {
  /** Entries that their commands may still bring, beyond one for each stream. */
  readonly reserved: number;
  /** How many of them wait for room. */
  readonly waiting: number;
  /** Entries of theirs that come again. */
  readonly comingAgain: number;
  /** One of them goes first, with an entry that is to run alone. */
  readonly goFirst: boolean;
}

export type TimerName =
  'backoff' | 'quiet' | 'stall' | 'watchdog' | 'recheck' | 'claim' | 'redeliver' | 'alone' | 'unblock' | 'grace' | 'drain';
