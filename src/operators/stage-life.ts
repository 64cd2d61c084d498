import { Subscription, type Observable, type Subscriber } from 'rxjs';
import { isStreamsError } from '../errors.js';
import { isTorn, type Owed } from './owed.js';
import { SessionsMet, type SessionsMetHandlers } from './sessions-met.js';
import { subscribeInto } from './subscribe-into.js';

/** What goes downstream last. */
type Ending = { readonly with: 'complete' } | { readonly with: 'error'; readonly error: unknown };

/**
 * - `open`: entries arrive.
 * - `finishing`: none arrives any more and what runs ends. What waits still runs before `complete`, and is given back before `error`.
 * - `confirming`: everything is settled; the sessions get it confirmed.
 * - `due`: nothing is left to wait for.
 * - `over`: downstream has been told, or has unsubscribed.
 */
type Phase =
  | { readonly at: 'open' }
  | { readonly at: 'finishing'; readonly ending: Ending }
  | { readonly at: 'confirming'; readonly ending: Ending }
  | { readonly at: 'due'; readonly ending: Ending }
  | { readonly at: 'over' };

/** The work of a stage, as its life sees it. */
export interface StageWork extends Omit<SessionsMetHandlers, 'refused'> {
  readonly downstream: Subscriber<unknown>;
  /** Starts whatever may start now. */
  readonly proceed: () => void;
  /** Nothing runs and nothing waits. */
  readonly isIdle: () => boolean;
  /** Gives back what waits. */
  readonly giveBack: () => void;
  /** Cancels what runs. */
  readonly cancel: () => void;
}

/** From the first entry to the last word downstream: when a stage stops, what it waits for then, and who says that it has ended. */
export class StageLife {
  readonly #work: StageWork;
  #phase: Phase = { at: 'open' };
  /** A turn is on the stack. What it sets free or brings in starts when it ends, in a loop: the stack stays flat. */
  #turning = false;
  readonly #upstream = new Subscription();
  /** Waits for confirmation. */
  readonly #confirmation = new Subscription();
  readonly #sessions: SessionsMet;

  constructor(work: StageWork) {
    this.#work = work;
    this.#sessions = new SessionsMet({
      refused: (error) => this.#refused(error),
      met: work.met,
      comesNoMore: (session, entry) => this.turn(() => work.comesNoMore(session, entry)),
    });
  }

  get isOpen(): boolean {
    return this.#phase.at === 'open';
  }

  get isTurning(): boolean {
    return this.#turning;
  }

  /** Nobody waits for what runs any more. */
  get isAbandoned(): boolean {
    return this.#phase.at === 'due' || this.#phase.at === 'over';
  }

  live<In>(source: Observable<In>, next: (value: In) => void): void {
    this.#work.downstream.add(() => this.#unsubscribed()); // first: a synchronous source may be unsubscribed while it emits
    const observer = {
      next,
      error: (error: unknown) => this.stop(error),
      // Starts nothing: after a `takeUntil` above, the source is torn down only when this has returned (see `mayStart`).
      complete: () => this.#finish({ with: 'complete' }),
    };
    subscribeInto(this.#upstream, source, observer, () => this.#released());
  }

  meet(owed: Owed): void {
    if (this.#phase.at !== 'over') this.#sessions.meet(owed); // nobody would stop listening
  }

  /** Without `owed`: a value that is no entry. */
  mayStart(owed: Owed | undefined): boolean {
    if (this.#phase.at === 'open') return true;
    return this.#phase.at === 'finishing' && this.#phase.ending.with === 'complete' && !(owed !== undefined && isTorn(owed));
  }

  emit(value: unknown): void {
    if (this.#phase.at !== 'over') this.#work.downstream.next(value);
  }

  /** Every event is a turn, or part of one. The outermost starts what may start by then, and decides. */
  turn(act: () => void): void {
    if (this.#turning) return act();
    this.beginTurn();
    act();
    this.endTurn();
  }

  /** A turn without a closure, for the one that happens for every entry. */
  beginTurn(): void {
    this.#turning = true;
  }

  endTurn(): void {
    this.#work.proceed();
    this.#turning = false;
    this.#decide();
  }

  /** On an error of the source, of a project, or of an ack. The first one wins. */
  stop(error: unknown): void {
    if (this.#phase.at === 'open' || (this.#phase.at === 'finishing' && this.#phase.ending.with === 'complete')) {
      this.#finish({ with: 'error', error });
    }
  }

  #finish(ending: Ending): void {
    this.#phase = { at: 'finishing', ending };
    this.turn(() => {
      if (ending.with === 'error') this.#giveBack();
    });
  }

  /** After a `takeUntil` above, what waits goes back now: others may have it while what runs takes its time. */
  #released(): void {
    if (this.#phase.at !== 'finishing' || this.#phase.ending.with === 'error' || !this.#sessions.areTorn) return;
    this.turn(() => this.#work.giveBack());
  }

  /**
   * Stops; or ends at once, when it is ending already, the client was closed, or a source has waited for all of `drainTimeout`: there,
   * waiting does not help.
   */
  #refused(error: unknown): void {
    const phase = this.#phase;
    if (this.isAbandoned) return;
    if (phase.at === 'open' && !isFinal(error)) return this.stop(error);
    const stopping = 'ending' in phase && phase.ending.with === 'error' ? phase.ending : undefined;
    this.#phase = { at: 'due', ending: stopping ?? { with: 'error', error } };
    this.turn(() => this.#abandon());
  }

  #unsubscribed(): void {
    if (this.#phase.at === 'over') return;
    this.#phase = { at: 'over' };
    this.turn(() => this.#abandon());
    this.#hearNothing();
  }

  /** Reading ends first: settling makes room in the window, and room would be read into. */
  #giveBack(): void {
    this.#upstream.unsubscribe();
    this.#work.giveBack();
  }

  #abandon(): void {
    this.#giveBack();
    this.#work.cancel();
  }

  /** The only one to say that the stage has ended. */
  #decide(): void {
    const phase = this.#phase;
    if (phase.at === 'finishing' && this.#work.isIdle()) {
      this.#phase = { at: 'confirming', ending: phase.ending };
      this.#confirmation.add(
        this.#sessions.confirmed().subscribe({
          error: (error: unknown) => this.#refused(error),
          complete: () => this.#confirmed(),
        }),
      );
    } else if (phase.at === 'due') {
      this.#phase = { at: 'over' };
      this.#hearNothing();
      this.#upstream.unsubscribe(); // after a `takeUntil` above it is still there: `repeat()` below would meet it
      if (phase.ending.with === 'complete') this.#work.downstream.complete();
      else this.#work.downstream.error(phase.ending.error);
    }
  }

  #confirmed(): void {
    if (this.#phase.at === 'confirming') this.#phase = { at: 'due', ending: this.#phase.ending };
    this.turn(() => undefined);
  }

  #hearNothing(): void {
    this.#sessions.leave();
    this.#confirmation.unsubscribe();
  }
}

function isFinal(error: unknown): boolean {
  return isStreamsError(error) && (error.code === 'CLIENT_ENDED' || error.code === 'DRAIN_TIMEOUT');
}
