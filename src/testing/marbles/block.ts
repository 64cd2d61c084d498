import type { Observable, SchedulerLike } from 'rxjs';
import type { TestScheduler } from 'rxjs/testing';
import { wrongType } from '../../checks.js';
import { isSource, PLAN } from '../../sources/source.js';
import { Clock } from './clock.js';
import { failOn, stillSubscribed, type named } from './leftovers.js';
import type { Played } from './play.js';
import { Subscriptions } from './subscriptions.js';
import type { Tally } from './tally.js';

/** What the kit knows about one source. */
export interface Watched {
  readonly tally: Tally;
  /** Not for fake deliveries. */
  readonly played?: Played;
}

/** One block of `run()`: its clock, what was made in it, and how it ends. */
export class Block {
  readonly clock: Clock;
  /** Of the sources that were made here. */
  readonly sources: Subscriptions;
  /** Of what is expected about Observables. */
  readonly expected: Subscriptions;
  /** `cold()` and `hot()`. */
  readonly logged: ReturnType<typeof named>[] = [];
  /** Expectations that have not said yet what they expect. */
  readonly #unsaid = new Set<{ readonly expectation: string }>();
  /** The longest `drainTimeout` of all sources. */
  #closing = 0;
  /** To be done when the clock stands at the horizon, once. */
  #checks: (() => void)[] = [];
  readonly #watched = new Set<Watched>();
  readonly #bySource = new WeakMap<Observable<unknown>, Watched>();
  /** A source of ours and all that refiners make of it share a scheduler. */
  readonly #byScheduler = new WeakMap<SchedulerLike, Watched>();

  constructor(scheduler: TestScheduler, horizon: number | undefined) {
    this.clock = new Clock(scheduler, horizon);
    this.sources = new Subscriptions(this.clock.now);
    this.expected = new Subscriptions(this.clock.now);
  }

  know(watched: Watched, by: { source: Observable<unknown> } | { scheduler: SchedulerLike }): void {
    this.#watched.add(watched);
    if ('source' in by) this.#bySource.set(by.source, watched);
    else this.#byScheduler.set(by.scheduler, watched);
  }

  /** What is known about a source, refined or not. */
  of(asked: string, source: unknown): Watched {
    const scheduler = isSource(source) ? source[PLAN].scheduler : undefined;
    const found = scheduler === undefined ? this.#bySource.get(source as Observable<unknown>) : this.#byScheduler.get(scheduler);
    if (found !== undefined) return found;
    throw wrongType(
      `the source of ${asked}`,
      source,
      'what deliveries(), group() or streams() gave in this block, refined or not, and not what a stage or another operator made of it',
    );
  }

  playedOf(asked: string, source: unknown): Played {
    const { played, tally } = this.of(asked, source);
    if (played === undefined) throw new TypeError(`${asked} is about group() and streams(), but ${tally.of} has no wire.`);
    return played;
  }

  get all(): readonly Watched[] {
    return [...this.#watched];
  }

  /** At the horizon this has to hold. */
  expect(check: () => void): void {
    this.#checks.push(check);
  }

  /** An expectation has begun; to be called back when it says what it expects. */
  mustSay(expectation: string): () => void {
    const one = { expectation };
    this.#unsaid.add(one);
    return () => void this.#unsaid.delete(one);
  }

  /** A source may take so long to close. */
  mayTake(drainTimeout: number): void {
    this.#closing = Math.max(this.#closing, drainTimeout);
  }

  /** To the horizon; then everything that is expected has to hold. */
  flush(): void {
    if (this.clock.running) return;
    this.clock.run();
    const checks = this.#checks;
    this.#checks = [];
    for (const check of checks) check();
  }

  /** What the kit has subscribed ends; whatever is open then was left over by somebody else. */
  close(): void {
    const [unsaid] = this.#unsaid;
    if (unsaid !== undefined) throw new Error(`${unsaid.expectation} was called, but nothing was said: add .toBe(marbles).`);
    const { clock } = this;
    const { horizon } = clock;
    const left = this.cut();
    const sessions = (): string[] =>
      [...this.#watched].flatMap(({ tally, played }) =>
        [...(played?.server.sessions.values() ?? [])].map((since) => `${tally.of} has not closed: subscribed at frame ${since}`),
      );
    clock.finish(() => sessions().length > 0, this.#closing);
    failOn([...left, ...sessions(), ...clock.left], horizon);
  }

  /** Ends all subscriptions, first those that were ours; the others are named. */
  cut(): string[] {
    for (const { tally } of this.#watched) tally.close();
    this.expected.cut();
    const left = [...this.sources.open, ...stillSubscribed(this.logged)];
    this.sources.cut();
    return left;
  }
}
