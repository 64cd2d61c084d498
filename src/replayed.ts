/** What `replayDeadLetters` did, or with `dryRun` would do. */
export interface Replayed {
  readonly dryRun: boolean;
  /** Dead letters in the stream. */
  readonly found: number;
  /** Put back; 0 with `dryRun`. Fewer than `found` where somebody else put back or deleted some meanwhile. */
  readonly replayed: number;
  /** Entries that are no dead letters of this library: left where they are. */
  readonly foreign: number;
  /** How many of `found` belong to which stream. */
  readonly streams: Readonly<Record<string, number>>;
}
