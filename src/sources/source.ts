import { Observable, type Subscriber, type TeardownLogic, type UnaryFunction } from 'rxjs';
import type { Delivery, Entry, Fields, FieldValue } from '../entry.js';
import type { GroupOptions, StreamsOptions } from '../options.js';
import type { Plan } from '../plan.js';
import { completeAborted } from './aborted.js';
import { openSource, type Place } from './open-source.js';

/** Where a source keeps its plan. Registered, so that two copies of the package understand each other. */
export const PLAN: unique symbol = Symbol.for('rxjs-redis-streams/plan') as never;

/** What the sources have in common: an Observable that carries its plan, so that refiners can change it. */
export interface Source<T, O> extends Observable<T> {
  readonly [PLAN]: Plan;
  /** A new source with other options. A new `bufferSize` alone brings `refillAt` back to half of it. */
  with(patch: Partial<O>): this;
  pipe(): this;
  pipe<A>(one: UnaryFunction<this, A>): A;
  pipe<A, B>(one: UnaryFunction<this, A>, two: UnaryFunction<A, B>): B;
  pipe<A, B, C>(one: UnaryFunction<this, A>, two: UnaryFunction<A, B>, three: UnaryFunction<B, C>): C;
  pipe<A, B, C, D>(
    one: UnaryFunction<this, A>,
    two: UnaryFunction<A, B>,
    three: UnaryFunction<B, C>,
    four: UnaryFunction<C, D>,
  ): D;
  pipe<A, B, C, D, E>(
    one: UnaryFunction<this, A>,
    two: UnaryFunction<A, B>,
    three: UnaryFunction<B, C>,
    four: UnaryFunction<C, D>,
    five: UnaryFunction<D, E>,
  ): E;
  pipe<A, B, C, D, E, F>(
    one: UnaryFunction<this, A>,
    two: UnaryFunction<A, B>,
    three: UnaryFunction<B, C>,
    four: UnaryFunction<C, D>,
    five: UnaryFunction<D, E>,
    six: UnaryFunction<E, F>,
  ): F;
  pipe<A, B, C, D, E, F, G>(
    one: UnaryFunction<this, A>,
    two: UnaryFunction<A, B>,
    three: UnaryFunction<B, C>,
    four: UnaryFunction<C, D>,
    five: UnaryFunction<D, E>,
    six: UnaryFunction<E, F>,
    seven: UnaryFunction<F, G>,
  ): G;
  pipe<A, B, C, D, E, F, G, H>(
    one: UnaryFunction<this, A>,
    two: UnaryFunction<A, B>,
    three: UnaryFunction<B, C>,
    four: UnaryFunction<C, D>,
    five: UnaryFunction<D, E>,
    six: UnaryFunction<E, F>,
    seven: UnaryFunction<F, G>,
    eight: UnaryFunction<G, H>,
  ): H;
  pipe<A, B, C, D, E, F, G, H, I>(
    one: UnaryFunction<this, A>,
    two: UnaryFunction<A, B>,
    three: UnaryFunction<B, C>,
    four: UnaryFunction<C, D>,
    five: UnaryFunction<D, E>,
    six: UnaryFunction<E, F>,
    seven: UnaryFunction<F, G>,
    eight: UnaryFunction<G, H>,
    nine: UnaryFunction<H, I>,
    ...more: UnaryFunction<unknown, unknown>[]
  ): Observable<unknown>;
}

/** A standalone consumer as a cold Observable. */
export interface StreamsSource<T = Fields, V extends FieldValue = string, E = Entry<T, V>> extends Source<
  E,
  StreamsOptions<T, V>
> {
  readonly kind: 'standalone';
}

/** A group consumer as a cold Observable. */
export interface GroupSource<T = Fields, V extends FieldValue = string> extends Source<Delivery<T, V>, GroupOptions<T, V>> {
  readonly kind: 'group';
}

/** Any source, whatever it emits: what a refiner takes, and gives back with another plan. */
export interface AnySource {
  readonly kind: 'standalone' | 'group';
  readonly [PLAN]: Plan;
  with(patch: object): unknown;
}

interface Recipe {
  readonly kind: 'standalone' | 'group';
  readonly place: Place;
  readonly options: object;
  /** Checks them. */
  readonly plan: (options: object) => Plan;
}

/** Makes a source: checks everything now, does nothing before `subscribe`. */
export function makeSource(recipe: Recipe): Observable<unknown> {
  const plan = recipe.plan(recipe.options);
  const source = new Observable((subscriber) => subscribeTo(recipe.place, plan, subscriber));
  return Object.defineProperties(source, {
    [PLAN]: { value: plan },
    kind: { value: recipe.kind, enumerable: true },
    with: { value: (patch: object) => makeSource({ ...recipe, options: patched(recipe.options, patch) }) },
  });
}

function subscribeTo(place: Place, plan: Plan, subscriber: Subscriber<unknown>): TeardownLogic {
  if (plan.signal?.aborted) return completeAborted(plan.signal, subscriber);
  const running = openSource(place, plan, {
    entry: (entry) => subscriber.next(entry),
    end: (error) => (error === undefined ? subscriber.complete() : subscriber.error(error)),
  });
  // Before it starts: whoever unsubscribes inside the first `next` finds the teardown in place.
  subscriber.add(() => running.close());
  running.start();
  return undefined;
}

function patched(options: object, patch: { bufferSize?: unknown; refillAt?: unknown }): object {
  const half = patch.bufferSize !== undefined && patch.refillAt === undefined ? { refillAt: undefined } : {};
  return { ...options, ...patch, ...half };
}

/** A source of this package, or of another copy of it. */
export function isSource(value: unknown): value is AnySource {
  return typeof value === 'object' && value !== null && PLAN in value;
}
