/** Positions by stream: the id up to which (that id included) everything is settled. */
export type Positions = Readonly<Record<string, string>>;

/**
 * A place of your own for the positions of a `checkpoint`: a table, a file, another Redis. Both methods may be asynchronous. One
 * `save` is on its way at a time, and what is settled meanwhile travels in the next.
 *
 * @example
 * ```ts
 * const checkpoint: CheckpointStore = {
 *   load: async (streams) => readPositions('reports', streams),
 *   save: async (positions) => writePositions('reports', positions),
 * };
 * ```
 *
 * What `load` and `save` throw or reject with ends the source with `CHECKPOINT_REFUSED`, unless it is an error of the connection by
 * its `code` (`ECONNRESET`, …), which is tried again (50 ms to 5 s). A `StreamsError` is passed on as it is.
 */
export interface CheckpointStore {
  /** What was saved last of these streams; what is not in it begins where `streams` says. */
  load(streams: readonly string[]): Positions | undefined | PromiseLike<Positions | undefined>;
  /**
   * Keeps the positions of some of the streams. They only go up, except with `rewind`: those streams were made anew, with smaller
   * ids. Fencing is up to the store: `false` says that somebody else owns these positions by now, and ends the source with
   * `CHECKPOINT_TAKEN`.
   */
  save(positions: Positions, how: { readonly rewind: boolean }): unknown;
}

/** A name is that of a Redis hash. */
export type Checkpoint = string | CheckpointStore;

/** Up to an entry, that one included. */
export interface Position {
  readonly id: string;
  /** How many entries had ever been added to the stream up to there, where that is known: what tells how many a gap has. */
  readonly added: number | undefined;
}

/** What Redis tells of a stream. */
export interface StreamInfo {
  readonly lastGenerated: string;
  /** The highest id that XDEL took out, `0-0` when it never did: trimming does not count. undefined: an older server. */
  readonly maxDeleted: string | undefined;
  /** Entries ever added. undefined: an older server. */
  readonly added: number | undefined;
  readonly length: number;
  /** The id of the first entry there is. */
  readonly first: string | undefined;
}
