import { asapScheduler, Subscription } from 'rxjs';
import type { Link } from '../chain.js';
import { isObservableLike, isThenable, observe, type Followable } from './followed.js';
import { subscribeInto } from './subscribe-into.js';

/** How a project's result ended. `returned`: a promise's result, which is settled before it is emitted. */
export type End =
  | { readonly how: 'completed' }
  | { readonly how: 'returned'; readonly value: unknown }
  | { readonly how: 'failed'; readonly error: unknown }
  | { readonly how: 'cancelled' };

/** The same for all that a stage follows. */
export interface FollowingHandlers<Of> {
  readonly value: (value: unknown) => void;
  /** Called exactly once; nothing follows. */
  readonly end: (following: Following<Of>, end: End) => void;
}

/**
 * - `following`: values pass.
 * - `muted`: cancelled from inside one of its own calls; if it completes before that call stack ends, its work was done.
 * - `over`: `end` was called.
 */
type Phase = { readonly at: 'following' } | { readonly at: 'muted'; values: number } | { readonly at: 'over' };

const FOLLOWING: Phase = { at: 'following' };
const OVER: Phase = { at: 'over' };

/** So many values a synchronous Observable may still produce after nobody wants them: `range(0, Infinity)` must not hang the process. */
const MUTED_VALUES = 1_000;

/** Follows what one project returned, to exactly one {@link End}. */
export class Following<Of> implements Link {
  before: this | undefined;
  after: this | undefined;
  /** What it was returned for. */
  readonly of: Of;
  readonly #handlers: FollowingHandlers<Of>;
  #phase = FOLLOWING;
  /** Our own calls on the stack: `subscribe` and `value`. */
  #depth = 0;
  /** Of the Observable; nothing for a promise, which cannot be cancelled. */
  #subscription: Subscription | undefined;

  constructor(of: Of, handlers: FollowingHandlers<Of>) {
    this.of = of;
    this.#handlers = handlers;
  }

  start(result: Followable<unknown>): void {
    try {
      if (isThenable(result)) {
        // After a cancellation both are ignored, the rejection on purpose: the entry stays pending and nobody is left to tell.
        result.then(
          (value) => this.#end({ how: 'returned', value }),
          (error: unknown) => this.#end({ how: 'failed', error }),
        );
      } else if (this.#phase.at === 'following') {
        this.#subscribe(result);
      }
    } catch (error) {
      this.#end({ how: 'failed', error });
    }
  }

  /** Ends with `cancelled`: at once, or as soon as its own call that led here has returned. */
  cancel(): void {
    if (this.#phase.at !== 'following') return;
    if (this.#depth > 0) this.#phase = { at: 'muted', values: 0 };
    else this.#end({ how: 'cancelled' });
  }

  #subscribe(result: Exclude<Followable<unknown>, PromiseLike<unknown>>): void {
    const emit = isObservableLike(result) ? (value: unknown) => this.#emitInside(value) : this.#handlers.value;
    this.#subscription = new Subscription();
    this.#depth++;
    subscribeInto(this.#subscription, observe(result), {
      next: (value) => this.#next(value, emit),
      error: (error: unknown) => this.#end({ how: 'failed', error }),
      complete: () => this.#end({ how: 'completed' }),
    });
    this.#depth--;
    if (this.#phase.at === 'muted') this.#end({ how: 'cancelled' });
  }

  #next(value: unknown, emit: (value: unknown) => void): void {
    if (this.#phase.at === 'following') emit(value);
    else if (this.#phase.at === 'muted' && ++this.#phase.values > MUTED_VALUES) this.#end({ how: 'cancelled' });
  }

  /** An Observable may complete right after this value: cancelled inside, it has until the end of the call stack. */
  #emitInside(value: unknown): void {
    this.#depth++;
    this.#handlers.value(value);
    this.#depth--;
    if (this.#phase.at === 'muted' && this.#depth === 0) asapScheduler.schedule(() => this.#end({ how: 'cancelled' }));
  }

  #end(end: End): void {
    if (this.#phase.at === 'over') return;
    this.#phase = OVER;
    this.#subscription?.unsubscribe(); // first, as in `mergeMap`: what a project holds until its teardown is free when the next begins
    this.#handlers.end(this, end);
  }
}
