/** How far behind a group is: the numbers of one stream, or of all streams together. */
export interface LagFigures {
  /** Entries in the stream. */
  readonly length: number;
  /** Entries that no consumer of the group has got yet. */
  readonly lag: number;
  /**
   * What `lag` is worth. `exact`: it is that many. `at-least`: it is that many or more. `estimate`: Redis's own count, which is too
   * high where entries were trimmed away before the group got them.
   */
  readonly lagIs: 'exact' | 'at-least' | 'estimate';
  /** Entries that were delivered and are not acked. */
  readonly pending: number;
  /** ms since the oldest pending entry was added; undefined when none is pending. */
  readonly oldestPendingAge: number | undefined;
  /** Seconds since the oldest entry that no consumer has got yet was added; 0 when there is none. */
  readonly behind: number;
}

/** One stream, as its group stands. */
export interface StreamLag extends LagFigures {
  readonly stream: string;
  readonly group: string;
  /** The consumers that Redis knows in the group, also those that are gone and were never removed. */
  readonly consumers: readonly ConsumerLoad[];
}

/** What one consumer has in hand. */
export interface ConsumerLoad {
  readonly name: string;
  /** Entries that are pending under its name. */
  readonly pending: number;
  /** ms since it last asked Redis for something as a consumer. */
  readonly idle: number;
}

/** One look at all streams: what `groupLag` emits. */
export interface GroupLag {
  /** When it was taken: ms since 1970 by Redis's clock. */
  readonly at: number;
  /** In the order of the option `streams`. */
  readonly streams: readonly StreamLag[];
  /** Lengths, lags and pending entries added up; the highest age and delay. */
  readonly total: LagFigures;
}
