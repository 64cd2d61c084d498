import type { Ledger } from '../acks/book.js';
import type { FieldValue } from '../entry.js';
import type { StreamsError } from '../errors.js';
import type { Notice } from '../notices.js';
import type { Effect, Owed } from '../streams/effects.js';
import type { Event } from '../streams/events.js';
import type { Port } from '../wire/port.js';
import type { StreamEntry } from './delivery.js';
import type { WorkEnv } from './work.js';

/** Whom a consumer works for. */
export interface Sink {
  entry(entry: StreamEntry<unknown, FieldValue>): void;
  /** Reading ended by itself (drained, a signal, an error), and what was fetched before a drained end was handed on. */
  end(error?: StreamsError): void;
  /** Pull: nothing was found. */
  nothing(): void;
  /** Pull: that stream cannot be joined. What was left in it goes back to where it came from. */
  notAdded(added: Effect & { do: 'not-added' }): void;
  /** That stream, which was to be read no more, has left. */
  left(left: Pick<Effect & { do: 'left' }, 'stream' | 'owed'>): void;
  /** Reading is over: who comes next under this name may wait for `closed`. */
  closing(): void;
  /** Everything is released. */
  closed(owed: Owed): void;
}

export interface PerformerEnv {
  readonly port: Port;
  readonly sink: Sink;
  readonly dice: () => number;
  readonly heldHere: WorkEnv['heldHere'];
  /** Told here what is worth telling; default: the plan's `notify`, and the diagnostics channel. */
  readonly tell?: (notice: Notice) => void;
  /** What a checkpoint had kept is gone: the other readers save theirs again. */
  readonly anew?: () => void;
  /** Where the oldest entry is looked for that nobody settles; default: its own. */
  readonly stalledIn?: (() => readonly Ledger[]) | undefined;
}

/** Where the performer reports to. */
export interface Reports {
  dispatch(event: Event): void;
  /** The window changed; `now`: let the machine hear of it at once, if it is not at work. */
  changed(now: boolean): void;
  /** Amid a batch there is room again, and more to be read. `coming`: entries of it that the window does not count yet. */
  roomy(coming: number): void;
}
