/** What one look at a stream and one of its groups saw, all in the same moment. Ids are `<ms>-<seq>`. */
export interface Standing {
  /** Entries that are in the stream. */
  readonly length: number;
  /** Entries that were ever added. */
  readonly added: number;
  /** The id of the first entry; undefined in an empty stream. */
  readonly first: string | undefined;
  readonly lastGenerated: string;
  /** The highest id that XDEL ever took out; `0-0` when none was. Trimming leaves it alone. */
  readonly maxDeleted: string;
  /** The group's last-delivered-id. */
  readonly delivered: string;
  /** The group's lag as Redis counts it; undefined where it does not know. */
  readonly reported: number | undefined;
  /** Entries of the group that are pending. */
  readonly pending: number;
  /** The id of the first of them. */
  readonly oldestPending: string | undefined;
  readonly consumers: readonly ConsumerStanding[];
}

export interface ConsumerStanding {
  readonly name: string;
  readonly pending: number;
  /** When it last asked Redis for something as a consumer, ms by Redis's clock. */
  readonly seenAt: number;
}
