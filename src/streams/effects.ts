import type { ClosingReason, Notice, Retried } from '../notices.js';
import type { Failure } from '../failure.js';
import type { Origin } from '../entry.js';
import type { Batch, TimerName } from './events.js';

/** What to do. Work (join to take-over) is one at a time and answers with one event; the rest is done at once. */
export type Effect =
  | { readonly do: 'join'; readonly streams: readonly { readonly stream: string; readonly start: string | undefined }[] }
  | { readonly do: 'connect' }
  | { readonly do: 'read'; readonly read: Read }
  /** On the connection for reading: where does each of these streams end? */
  | { readonly do: 'probe'; readonly streams: readonly string[] }
  | { readonly do: 'reconcile'; readonly floors: Floors; readonly most: number }
  /** `takeover` went with the group too: pending entries of ours that nobody holds yet. */
  | { readonly do: 'heal'; readonly anchors: Floors; readonly takeover: readonly Takeover[] }
  | { readonly do: 'take-over'; readonly stream: string; readonly ids: readonly string[] }
  /** Stop waiting for the work that is out; its answer no longer matters. */
  | { readonly do: 'abandon' }
  | { readonly do: 'unblock'; readonly clientId: number }
  | { readonly do: 'disconnect' }
  | { readonly do: 'emit'; readonly batch: Batch; readonly origin: Origin }
  /** Entries that came after reading ended: not emitted, given back. */
  | { readonly do: 'release'; readonly batch: Batch }
  /** Pending entries that are no longer in the stream: ack them away. */
  | { readonly do: 'ack-away'; readonly stream: string; readonly ids: readonly string[] }
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

/** What the next subscription of the same consumer has to know: a loss not reconciled, a takeover not finished. */
export interface Owed {
  readonly floors: Floors;
  /** For how many ms a server that does not know that we are gone may still deliver. */
  readonly wait: number;
  readonly takeover: readonly Takeover[];
}

export interface Takeover {
  readonly stream: string;
  readonly ids: readonly string[];
}
