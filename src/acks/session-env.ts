import type { SchedulerLike } from 'rxjs';
import type { AckError } from '../errors.js';
import type { Notice } from '../notices.js';
import type { Port } from '../wire/port.js';

/** What a session needs, and whom it tells. */
export interface SessionEnv {
  readonly port: Port;
  /** Clock of the backoff and of the leases. */
  readonly scheduler: SchedulerLike;
  /** Sends in the same turn what is settled in it. */
  readonly soon: SchedulerLike;
  readonly dice: () => number;
  readonly tell: (notice: Notice) => void;
  /** What the window counts has changed. */
  readonly changed: () => void;
  /** Redis refused acks for good. */
  readonly refused: (error: AckError) => void;
  /** What a checkpoint had kept is gone; other readers may have kept their positions there. */
  readonly anew?: (() => void) | undefined;
  /** A stream that is read no more is worked off. */
  readonly workedOff?: ((stream: string) => void) | undefined;
  /** An entry is to be delivered again. */
  readonly nacked: (entry: { stream: string; id: string; attempt: number; delay: number }) => void;
}
