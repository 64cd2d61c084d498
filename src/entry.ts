/** What a field holds: text, or bytes when the source was made with `binary: true`. */
export type FieldValue = string | Buffer;

/** The fields of an entry: no prototype, so `__proto__` is a name like any other; of repeated names the last counts. */
export type Fields<V extends FieldValue = string> = Readonly<Record<string, V>>;

/** The fields of an entry as Redis keeps them: in order, with repeated names. */
export type Pairs<V extends FieldValue = string> = readonly (readonly [name: string, value: V])[];

/** One entry of a Redis stream. */
export interface Entry<T = Fields, V extends FieldValue = string> {
  /** The key of the stream, without the client's `keyPrefix`. */
  readonly stream: string;
  /** The id Redis gave it: `<ms>-<seq>`. */
  readonly id: string;
  readonly fields: Fields<V>;
  readonly pairs: Pairs<V>;
  /** What `decode` made of the fields; the fields themselves without `decode`. */
  readonly value: T;
  /** The same entry, still known to the stages, with another value: use it inside `map()`. */
  mapValue<R>(project: (value: T) => R): Entry<R, V>;
}

/** Why an entry came: never delivered before, from our own backlog, after a lost reply or a takeover, … */
export type Origin = 'fresh' | 'backlog' | 'recovered' | 'claimed' | 'redelivered';

/** An entry with a way to settle it: what `fromGroup` emits. Its methods work destructured; the first call wins. */
export interface Delivery<T = Fields, V extends FieldValue = string> extends Entry<T, V> {
  readonly origin: Origin;
  /** 1 on the first delivery; counted by Redis. */
  readonly attempt: number;
  /** Aborted when the entry is no longer ours to work on. Made on first use. */
  readonly signal: AbortSignal;
  /**
   * Done: it leaves the pending list. Resolves once Redis confirmed it; rejects with an `AckError` where it did not, each time it is
   * asked, and with `NOT_ACKED` where the entry was nacked, given back or left before: then it does nothing.
   */
  ack(): Promise<void>;
  /**
   * Not done: it stays pending under our name and gives its place in the window back. With `redeliver()` it comes again, after
   * `delay` ms (default: what `redeliver()` says).
   */
  nack(options?: { readonly delay?: number | undefined }): void;
  /** Never again: to the dead-letter stream of `redeliver()`, then acked. Rejects with `NO_DEAD_LETTER` when there is none. */
  reject(reason?: unknown): Promise<void>;
  mapValue<R>(project: (value: T) => R): Delivery<R, V>;
}

/** An entry of `fromStreams` with `settle: 'manual'` or a `checkpoint`: it keeps its place in the window until `ack()`. */
export interface HeldEntry<T = Fields, V extends FieldValue = string> extends Entry<T, V> {
  /** Done. With a checkpoint it resolves once the position is saved up to where everything is settled by now. */
  ack(): Promise<void>;
  mapValue<R>(project: (value: T) => R): HeldEntry<R, V>;
}
