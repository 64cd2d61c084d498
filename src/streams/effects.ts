import type { ClosingReason, Notice, Retried } from '../notices.js';
import type { Failure } from '../failure.js';
import type { Origin } from '../entry.js';
import type { Batch, TimerName } from './events.js';

/** What to do. Work (join to claim) is one at a time and answers with one event; the rest is done at once. */
export type Effect =
  | { readonly do: 'join'; readonly streams: readonly Unjoined[] }
  | { readonly do: 'connect' }
  | { readonly do: 'read'; readonly read: Read }
  /** On the connection for reading: where does each of these streams end? */
  | { readonly do: 'probe'; readonly streams: readonly string[] }
  | { readonly do: 'reconcile'; readonly floors: Floors; readonly most: number }
  /** `takeover` went with the group too: pending entries of ours that nobody holds yet. */
  | { readonly do: 'heal'; readonly anchors: Floors; readonly takeover: readonly Takeover[] }
  | { readonly do: 'take-over'; readonly takeover: Takeover }
  /** Look at our own backlog without touching it: what was delivered how often. */
  | { readonly do: 'look-back'; readonly from: Floors; readonly count: number }
  /** Make entries ours that nobody has touched for `minIdle`, after an id; at most so many. */
  | { readonly do: 'claim'; readonly stream: string; readonly after: string; readonly minIdle: number; readonly most: number }
  /** Stop waiting for the work that is out; its answer no longer matters. */
  | { readonly do: 'abandon' }
  | { readonly do: 'unblock'; readonly clientId: number }
  | { readonly do: 'disconnect' }
  /**
   * `behind`: so many entries of the same reply come behind this, and more is there to be read: as soon as there is room, and not only when all
   * of it is handed on.
   */
  | { readonly do: 'emit'; readonly batch: Batch; readonly origin: Origin; readonly behind?: number }
  /** Entries that came after reading ended: not emitted, given back. */
  | { readonly do: 'release'; readonly batch: Batch }
  /** Pending entries that are no longer in the stream: ack them away. */
  | { readonly do: 'ack-away'; readonly stream: string; readonly ids: readonly string[] }
  /** Pending entries of ours that were delivered too often: nobody shall work on them again. */
  | { readonly do: 'dead-letter'; readonly stream: string; readonly ids: readonly string[] }
  /** Pending entries that waited to be delivered again and will not be: somebody else has them by now, or they are gone. */
  | { readonly do: 'forget'; readonly stream: string; readonly ids: readonly string[] }
  /** Remember which entries are nacked from now on: a lost reply's victims are told from them. */
  | { readonly do: 'watch-nacks'; readonly on: boolean }
  | { readonly do: 'timer'; readonly name: TimerName; readonly ms: number }
  | { readonly do: 'cancel'; readonly name: TimerName }
  | { readonly do: 'notice'; readonly notice: Notice }
  | { readonly do: 'stalled'; readonly since: number }
  /** Answer with a `window` event once everything before this is done. */
  | { readonly do: 'count' }
  /** Pull: the request that is out found nothing. */
  | { readonly do: 'nothing' }
  /** Pull: a stream that was to be added cannot be joined; what was left in it is not ours. */
  | { readonly do: 'not-added'; readonly stream: string; readonly owed: Owed | undefined; readonly failure: Failure }
  /** Answer with `worked-off` once nothing is held of it, and nothing of it is on its way to Redis. */
  | { readonly do: 'work-off'; readonly stream: string }
  /** It is read no more, and all of it is worked off. */
  | { readonly do: 'left'; readonly stream: string; readonly owed: Owed }
  /** Reading is over: tell the subscriber. */
  | { readonly do: 'end'; readonly why: ClosingReason; readonly failure?: Failure; readonly during?: Retried }
  /** drainTimeout is over: stop waiting for stages and acks. */
  | { readonly do: 'expire' }
  /** Remove a consumer that is to go when it has nothing pending; answers `parted`. */
  | { readonly do: 'part'; readonly streams: readonly string[] }
  /** The very last: release everything and leave the seat to the next, with what is still owed. */
  | { readonly do: 'close'; readonly owed: Owed };

export interface Read {
  readonly kind: 'backlog' | 'live';
  readonly from: readonly (readonly [stream: string, id: string])[];
  readonly count: number;
  readonly block: number | undefined;
}

export type Floors = readonly (readonly [stream: string, id: string])[];

/** A stream to join; `anchor`: where an earlier subscription of the same consumer left it. */
export interface Unjoined {
  readonly stream: string;
  readonly start: string | undefined;
  readonly anchor?: string | undefined;
}

/** What the next subscription of the same consumer has to know: a loss not reconciled, a takeover not finished. */
export interface Owed {
  /** Where we stood: a group that is missing then has vanished meanwhile, and is made again there. */
  readonly anchors: Floors;
  readonly floors: Floors;
  /** For how many ms a server that does not know that we are gone may still deliver. */
  readonly wait: number;
  readonly takeover: readonly Left[];
  /** Streams whose group had vanished, and was not made again to the end: it may stand, without what was ours in it. */
  readonly unhealed?: readonly string[] | undefined;
}

/** What an earlier subscription fetched and did not settle. */
export interface Left {
  readonly stream: string;
  readonly ids: readonly string[];
}

/** Pending entries of ours that nobody holds, to be fetched by id as a new delivery. */
export interface Takeover {
  readonly stream: string;
  readonly origin: Origin;
  readonly entries: readonly Due[];
}

interface Due {
  readonly id: string;
  /** Which delivery it will be; 0: one more than Redis has counted. */
  readonly count: number;
}
