import type { SchedulerLike } from 'rxjs';
import type { Checkpoint, Position } from '../checkpoint.js';
import type { AckError } from '../errors.js';
import type { Outcome } from '../settlement.js';
import type { Port, Saved } from '../wire/port.js';
import { Attempts, type AttemptsEnv } from './attempts.js';
import { failed, finish, promiseOf, type Batch } from './batch.js';
import { begin, carrying, emptyJournal, land, restart, restore, take } from './journal.js';
import { saveError } from './save-error.js';
import { emit, hold, position, settle } from './tracker.js';
import { writePositions } from './write-positions.js';

export interface SavingEnv extends Omit<AttemptsEnv, 'retry'> {
  readonly port: Port;
  /** Saves in the same turn what is settled in it. */
  readonly soon: SchedulerLike;
  /** The counts changed. */
  readonly changed: () => void;
  readonly refused: (error: AckError) => void;
  /** Nothing of what was saved was there any more; other readers may have saved in the same place. */
  readonly anew?: (() => void) | undefined;
}

/**
 * The way home of entries that nobody but us counts: what is settled moves the positions of a checkpoint up, and those are saved. One
 * write is in the air. What fails is sent again after a backoff (50 ms to 5 s) until it is saved, refused or given up.
 */
export class Saving {
  readonly #journal = emptyJournal();
  readonly #attempts: Attempts;
  #scheduled = false;
  /** Refused for good: the checkpoint is left alone from then on. */
  #lost: AckError | undefined;

  constructor(
    readonly checkpoint: Checkpoint,
    /** Settled, and covered by a position that is not saved yet. */
    readonly counts: { unconfirmed: number },
    readonly env: SavingEnv,
  ) {
    this.#attempts = new Attempts({ ...env, retry: () => this.#send() });
  }

  get failing(): boolean {
    return this.#attempts.failing;
  }

  /** A stream is read from here on, and that is saved already. */
  begin(stream: string, at: Position): void {
    begin(this.#journal, stream, at);
  }

  /** The stream was made anew, with smaller ids: its position moves back to its beginning. */
  restart(stream: string): void {
    const line = this.#journal.lines.get(stream);
    if (line === undefined || this.#lost !== undefined) return;
    this.counts.unconfirmed -= restart(this.#journal, line);
    this.#poke();
  }

  opened(stream: string, id: string): void {
    const line = this.#journal.lines.get(stream);
    if (line !== undefined) emit(line.tracker, id);
  }

  settled(stream: string, id: string, as: Outcome): void {
    const line = this.#journal.lines.get(stream);
    if (line === undefined) return;
    if (as !== 'acked') {
      if (hold(line.tracker, id) && as === 'nacked') this.env.tell({ type: 'held-back', stream, id });
      return;
    }
    const before = position(line.tracker).n;
    settle(line.tracker, id);
    const gained = position(line.tracker).n - before;
    if (gained === 0 || this.#lost !== undefined) return;
    this.counts.unconfirmed += gained;
    this.#poke();
  }

  /** What was saved is gone: all of it is saved again. */
  rewrite(): void {
    if (this.#lost !== undefined) return;
    this.#journal.whole = true;
    this.#poke();
  }

  /** Resolves once all that may be saved of this stream by now is saved. */
  whenSaved(stream: string): Promise<void> {
    return promiseOf(this.#lost === undefined ? this.#carrying(stream) : failed(this.#lost));
  }

  /** All that may be saved of this stream is saved. */
  isSaved(stream: string): boolean {
    return this.#lost !== undefined || this.#carrying(stream) === undefined;
  }

  #carrying(stream: string): Batch | undefined {
    const line = this.#journal.lines.get(stream);
    return line && carrying(this.#journal, line);
  }

  /** The stream is read no more. */
  end(stream: string): void {
    this.#journal.lines.delete(stream);
  }

  /** The writes that take along all that may be saved by now. */
  get waiting(): readonly Batch[] {
    if (this.#lost !== undefined) return [];
    const batches = [...this.#journal.lines.values()].map((line) => carrying(this.#journal, line));
    return [...new Set(batches)].filter((each) => each !== undefined);
  }

  /** No more waiting: what is not saved is given up. */
  giveUp({ working }: { working: number }): void {
    this.#attempts.giveUp();
    restore(this.#journal);
    const left = this.#lost === undefined ? take(this.#journal) : undefined;
    if (left !== undefined || working > 0) {
      this.#refuse(this.env.port.ended ? 'CLIENT_ENDED' : 'DRAIN_TIMEOUT', { positions: left ?? new Map(), working });
    }
    this.env.changed();
  }

  /** Closed: whoever settles from now on, or did a moment ago, is late: it is saved at once, and tried once. */
  finish(): void {
    this.#attempts.finish();
    this.#scheduled = false;
    this.#send();
  }

  #poke(): void {
    if (this.failing || this.#scheduled) return;
    this.#scheduled = true;
    this.#attempts.later(this.env.soon, 0, () => {
      this.#scheduled = false;
      this.#send();
    });
  }

  #send(): void {
    const positions = this.#lost === undefined ? take(this.#journal) : undefined;
    if (positions === undefined) return;
    const { port } = this.env;
    const { lines } = this.#journal;
    this.#attempts.track(writePositions(positions, { port, lines, checkpoint: this.checkpoint }), {
      landed: (how) => this.#answered(how, positions),
      failed: (cause) => {
        if (this.#attempts.again('save', cause)) {
          restore(this.#journal);
          return this.env.changed();
        }
        this.#refuse(this.env.port.ended ? 'CLIENT_ENDED' : 'CHECKPOINT_REFUSED', { positions, cause });
        this.#goOn();
      },
    });
  }

  #answered(how: Saved, positions: ReadonlyMap<string, Position>): void {
    if (how === 'taken') {
      this.#refuse('CHECKPOINT_TAKEN', { positions });
      return this.#goOn();
    }
    const landed = land(this.#journal);
    this.counts.unconfirmed -= landed?.entries ?? 0;
    this.#journal.whole = how === 'anew';
    if (how === 'anew') this.env.anew?.();
    this.#attempts.calm();
    finish(landed?.batch);
    for (const [stream, { id }] of positions) this.env.tell({ type: 'saved', stream, id });
    this.#goOn();
  }

  #goOn(): void {
    this.env.changed();
    // Not at once: a port that answers in the same moment would make the stack grow.
    this.#poke();
  }

  #refuse(
    code: 'CHECKPOINT_REFUSED' | 'CHECKPOINT_TAKEN' | 'CLIENT_ENDED' | 'DRAIN_TIMEOUT',
    about: { positions: ReadonlyMap<string, Position>; cause?: unknown; working?: number },
  ): void {
    const unconfirmed = [...about.positions].map(([stream, { id }]) => ({ stream, ids: [id] }));
    const error = saveError(code, { ...about, checkpoint: this.checkpoint, unconfirmed });
    const landed = land(this.#journal);
    this.counts.unconfirmed -= landed?.entries ?? 0;
    const ended = [landed?.batch];
    if (code === 'CHECKPOINT_TAKEN' || (code === 'CHECKPOINT_REFUSED' && !this.#attempts.late)) {
      this.#lost = error;
      this.counts.unconfirmed = 0;
      ended.push(this.#journal.next);
    }
    // The error first: a stage that waits for its last saves would take their end for a confirmation.
    this.env.refused(error);
    for (const batch of ended) finish(batch, error);
  }
}
