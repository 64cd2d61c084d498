import type { Observable, SchedulerLike } from 'rxjs';
import type { Checkpoint } from './checkpoint.js';
import type { Entry, Fields, FieldValue } from './entry.js';
import type { Notice } from './notices.js';
import type { StandardSchema } from './standard-schema.js';

/**
 * `(fields, entry) => value`, or a Standard Schema. A synchronous one keeps the source synchronous. For a schema that is a function
 * as well (arktype) name its output, `fromGroup<Order>(…)`: inferred, the errors that it returns when called would be part of it.
 */
export type Decode<T, V extends FieldValue = string> =
  ((fields: Fields<V>, entry: Entry<Fields<V>, V>) => T | PromiseLike<T>) | StandardSchema<T>;

/** A stream and where to begin in it: an id, `$`, or undefined for the default of the source. */
export interface StreamStart {
  readonly stream: string;
  readonly start: string | undefined;
}

/** What a subscription will do: the checked options with their defaults filled in. */
export interface Plan {
  readonly streams: readonly StreamStart[];
  /** Lists of streams, each in place of the one before; `streams` are those of the first. They are checked as they come. */
  readonly lists: Observable<unknown> | undefined;
  /** undefined: a standalone consumer. */
  readonly group: GroupPlan | undefined;
  readonly bufferSize: number;
  readonly refillAt: number;
  /** Longest single blocking read in ms; 0 does not wait. */
  readonly timeout: number;
  readonly until: 'never' | 'drained';
  /** `window`: read while there is room. `pull`: read when asked (the pull consumers). */
  readonly demand: 'window' | 'pull';
  /** Standalone only: `manual` entries keep their place until `ack()`. */
  readonly settle: 'auto' | 'manual';
  /** Standalone only: where the positions are kept. Its entries are `manual`. */
  readonly checkpoint: Checkpoint | undefined;
  readonly drainTimeout: number;
  readonly stallAfter: number;
  readonly decode: Decode<unknown, FieldValue> | undefined;
  /** What becomes of an entry that cannot be decoded. */
  readonly onInvalid: 'error' | 'reject' | 'skip';
  readonly binary: boolean;
  /** Who reads the replies: we, where the client's socket can be had, or always the client. */
  readonly reader: 'auto' | 'client';
  readonly signal: AbortSignal | undefined;
  readonly scheduler: SchedulerLike | undefined;
  readonly notify: ((notice: Notice) => void) | undefined;
}

export interface GroupPlan {
  readonly name: string;
  readonly consumer: string;
  /** The consumer's name was made up by us. */
  readonly generated: boolean;
  /** Where a group that has to be made begins; undefined: a missing group is an error. */
  readonly createFrom: string | undefined;
  readonly noAck: boolean;
  readonly startFromBacklog: boolean;
  readonly healFrom: 'last-read' | '0';
  /** Whether this consumer's name goes at the end, if nothing is pending under it. A generated one always does. */
  readonly removeConsumer: 'never' | 'when-empty';
  /** ms between two renewals of what is held; undefined where nobody owes an ack. */
  readonly renewEvery: number | undefined;
  readonly claim: ClaimPlan | undefined;
  readonly redeliver: RedeliverPlan | undefined;
}

/** Adopt what nobody has touched for `minIdle` ms; look every so many ms. */
export interface ClaimPlan {
  readonly minIdle: number;
  readonly every: number;
}

/** What becomes of an entry that was nacked, rejected, or delivered too often. */
export interface RedeliverPlan {
  /** undefined: for ever. */
  readonly maxDeliveries: number | undefined;
  /** ms to wait after the given delivery, with some chance (from 0 up to 1) in it. May be the caller's own: what it gives is checked. */
  readonly delay: (attempt: number, dice: number) => number;
  readonly deadLetter: string | undefined;
  readonly maxWaiting: number;
}

/** Somebody owes an ack: entries stay pending until settled. */
export function owesAcks(plan: Plan): boolean {
  return plan.group !== undefined && !plan.group.noAck;
}

/** The count of deliveries after which an entry is not worked on again. */
export function mostDeliveries({ group }: Plan): number {
  return group?.redeliver?.maxDeliveries ?? Infinity;
}
