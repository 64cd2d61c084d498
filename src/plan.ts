import type { SchedulerLike } from 'rxjs';
import type { Entry, Fields, FieldValue } from './entry.js';
import type { Notice } from './notices.js';
import type { StandardSchema } from './standard-schema.js';

/** `(fields, entry) => value`, or a Standard Schema. A synchronous one keeps the source synchronous. */
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
  readonly drainTimeout: number;
  readonly stallAfter: number;
  readonly decode: Decode<unknown, FieldValue> | undefined;
  /** What becomes of an entry that cannot be decoded. */
  readonly onInvalid: 'error' | 'reject' | 'skip';
  readonly binary: boolean;
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
}

/** Somebody owes an ack: entries stay pending until settled. */
export function owesAcks(plan: Plan): boolean {
  return plan.group !== undefined && !plan.group.noAck;
}
