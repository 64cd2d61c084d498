import type { ClaimIdleOptions, Delivery, GroupOptions, RedeliverOptions } from '../index.js';

/** Left to whoever reads for a handler. */
type Decided =
  | 'autoAcknowledge'
  | 'binary'
  | 'claimIdle'
  | 'decode'
  | 'group'
  | 'redeliver'
  | 'signal'
  | 'startFromBacklog'
  | 'streams'
  | 'until';

/** How entries are read for a handler and worked on by it: of `@OnStream`, of a strategy, and as extras of `@EventPattern`. */
export interface HandlingOptions extends Omit<GroupOptions, Decided> {
  /** The group. Default: that of the feature, or of the strategy. */
  group?: string | undefined;
  /** Entries worked on at once. 1, the default, keeps stream order. */
  concurrency?: number | undefined;
  /** Entries with equal keys are worked on one after another, different keys in parallel up to `concurrency`. */
  key?: ((delivery: Delivery<never>) => unknown) | undefined;
  /** What becomes of an entry whose handler failed. Default `'nack'`: it comes again, as `redeliver` says. */
  onError?: 'nack' | 'reject' | ((error: unknown, delivery: Delivery<never>) => 'nack' | 'reject') | undefined;
  /** What this consumer left unfinished comes first; needs a `consumer` whose name is the same after a restart. Default false. */
  backlogFirst?: boolean | undefined;
  /** Adopt what other consumers left. Default `{ minIdle: 60_000 }`; false: nothing is claimed. */
  claimIdle?: ClaimIdleOptions | false | undefined;
  /** Deliver failed entries again, and put away what fails too often. Default `{}`: again and again; false: not in this process. */
  redeliver?: RedeliverOptions | false | undefined;
}

const CLAIM_IDLE: ClaimIdleOptions = { minIdle: 60_000 };

/** The options of `fromGroup` that they come to, without streams and group. Options that are undefined leave the defaults alone. */
export function readingOf(options: HandlingOptions): object {
  const { group: _group, concurrency: _concurrency, key: _key, onError: _onError, ...rest } = options;
  const { backlogFirst = false, claimIdle = CLAIM_IDLE, redeliver = {}, onInvalid, ...reading } = rest;
  const deadLetter = redeliver === false ? undefined : redeliver.deadLetter;
  return {
    ...reading,
    startFromBacklog: backlogFirst,
    claimIdle: claimIdle === false ? undefined : claimIdle,
    redeliver: redeliver === false ? undefined : redeliver,
    // What cannot be decoded never will: where there is a place for it, it is put away, and the handler goes on.
    onInvalid: onInvalid ?? (deadLetter === undefined ? 'error' : 'reject'),
  };
}
