import type { Observable } from 'rxjs';
import type { Membership, OperationEnd } from './channels.js';
import type { AckError } from './errors.js';
import type { Notice } from './notices.js';
import type { Word } from './outgoing.js';
import type { Trim } from './trimming.js';

/** Where an entry keeps its {@link Settlement}. A registered symbol, so that two copies of the package understand each other. */
export const SETTLEMENT: unique symbol = Symbol.for('rxjs-redis-streams/settlement') as never;

/**
 * What became of an entry:
 * - `acked`: done.
 * - `nacked`: not done, stays pending under our name.
 * - `rejected`: never again (needs a dead-letter stream).
 * - `released`: was never started; given back so that its delivery does not count.
 * - `left`: started and not finished (failed or cancelled): stays pending, its delivery counts, a new subscription takes it over.
 */
export type Outcome = 'acked' | 'nacked' | 'rejected' | 'released' | 'left';

/** The inside of an entry, for the stages: synchronous and free of promises. */
export interface Settlement {
  readonly session: Session;
  /** Settled already: by an earlier call, or because nobody owes an ack and no stage holds it. */
  readonly settled: boolean;
  readonly stream: string;
  readonly id: string;
  /** Nacked, and it will be delivered again in this session. */
  readonly waits: boolean;
  /** A stage answers for the entry from now on and will settle it; to be called during `next`. */
  take(): void;
  /**
   * Settles; the first call wins and later ones do nothing. `reason` is the error it failed with, `delay` (ms) is for `nacked`. Throws
   * `NO_DEAD_LETTER` for `rejected` without a dead-letter stream, and for a `delay` that is none or that nobody waits for.
   */
  settle(as: Outcome, reason?: unknown, delay?: number): void;
  /** Throws where what comes of the entry cannot be added to that stream together with its ack. */
  checkForward(to: string): void;
  /** Acks, and in the same moment adds what comes of it. The first call wins. Throws as `checkForward`. */
  forward(what: Addition): void;
}

/** A new entry. */
export interface Addition {
  readonly to: string;
  /** Names and values flat. */
  readonly fields: readonly Word[];
  readonly trim: Trim | undefined;
  /** Somebody watches: to be called once. */
  readonly ended?: (end: OperationEnd) => void;
}

/** One subscription of one source, as the stages see it. */
export interface Session {
  readonly group?: Membership | undefined;
  /** The bound of the window. */
  readonly bufferSize: number;
  /** Cold: completes once everything settled so far is confirmed (synchronously when nothing is unconfirmed). Never errors. */
  readonly confirmed: Observable<never>;
  /**
   * The source was unsubscribed from outside before it ended by itself (`takeUntil` above a stage): what did not start is given back.
   * Not so inside its own `next` (`take(n)` above a stage): there the entries were asked for.
   */
  readonly torn: boolean;
  /** Hot: entries that were nacked and are over: settled when they had come again, or they will not come. Completes when reading ends: no other comes either. */
  readonly forgotten: Observable<{ readonly stream: string; readonly id: string }>;
  /** Hot: acks that Redis refused for good, and the end of `drainTimeout` with what it left open. Completes when the session is closed. */
  readonly refused: Observable<AckError>;
  tell(notice: Notice): void;
}

/** What the stages work on: anything that carries a settlement. */
export interface Settleable {
  readonly [SETTLEMENT]: Settlement;
}

export function isSettleable(value: unknown): value is Settleable {
  return typeof value === 'object' && value !== null && SETTLEMENT in value;
}
