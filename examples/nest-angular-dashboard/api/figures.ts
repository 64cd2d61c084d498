/** How it goes, at one look. */
export interface Figures {
  /** ms since 1970, by Redis's clock. */
  readonly at: number;
  /** Orders ever added. */
  readonly added: number;
  /** Orders that nobody has got yet. */
  readonly lag: number;
  /** Orders that are being charged, or wait for their next attempt. */
  readonly pending: number;
  /** The oldest of these. */
  readonly oldest: readonly Pending[];
  readonly dead: {
    readonly count: number;
    /** The id of the newest one: with `count` it says whether there is something new to show. */
    readonly newest: string;
  };
}

export interface Pending {
  readonly id: string;
  readonly consumer: string;
  readonly deliveries: number;
}
