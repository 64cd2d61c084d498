import { Observable, type Subscriber, type TeardownLogic, type UnaryFunction } from 'rxjs';
import { checkRejecting } from '../acks/dead-letter.js';
import type { Delivery, Entry, Fields, FieldValue } from '../entry.js';
import type { GroupOptions, StreamsOptions } from '../options.js';
import type { Plan } from '../plan.js';
import { completeAborted } from './aborted.js';
import { openSource, type Place } from './open-source.js';
import { readLists } from './read-lists.js';
import { patched, type EntryAs, type ValueAs } from './patched.js';

/** Where a source keeps its plan. Registered, so that two copies of the package understand each other. */
export const PLAN: unique symbol = Symbol.for('rxjs-redis-streams/plan') as never;

/** What the sources have in common: an Observable that carries its plan, so that refiners can change it. */
interface Source<T> extends Observable<T> {
  readonly [PLAN]: Plan;
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
export interface StreamsSource<T = Fields, V extends FieldValue = string, E = Entry<T, V>> extends Source<E> {
  readonly kind: 'standalone';
  /** A new source with other options. A new `bufferSize` alone brings `refillAt` back to half of it. */
  with<R = ValueAs<T, V, Buffer>, S extends Settle = undefined>(
    patch: Partial<StreamsOptions<R, Buffer>> & { readonly binary: true; readonly settle?: S },
  ): StreamsSource<R, Buffer, EntryAs<E, S, R, Buffer>>;
  with<R = ValueAs<T, V, string>, S extends Settle = undefined>(
    patch: Partial<StreamsOptions<R>> & { readonly binary: false; readonly settle?: S },
  ): StreamsSource<R, string, EntryAs<E, S, R, string>>;
  with<R = T, S extends Settle = undefined>(
    patch: Partial<StreamsOptions<R, V>> & { readonly binary?: undefined; readonly settle?: S },
  ): StreamsSource<R, V, EntryAs<E, S, R, V>>;
}

type Settle = StreamsOptions['settle'];

/** A group consumer as a cold Observable. */
export interface GroupSource<T = Fields, V extends FieldValue = string> extends Source<Delivery<T, V>> {
  readonly kind: 'group';
  /** A new source with other options. A new `bufferSize` alone brings `refillAt` back to half of it. */
  with<R = ValueAs<T, V, Buffer>>(patch: Partial<GroupOptions<R, Buffer>> & { readonly binary: true }): GroupSource<R, Buffer>;
  with<R = ValueAs<T, V, string>>(patch: Partial<GroupOptions<R>> & { readonly binary: false }): GroupSource<R>;
  with<R = T>(patch: Partial<GroupOptions<R, V>> & { readonly binary?: undefined }): GroupSource<R, V>;
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
  checkRejecting(plan); // not when it is made: redeliver() may come
  if (plan.signal?.aborted) return completeAborted(plan.signal, subscriber);
  if (plan.lists !== undefined) return readLists(place, plan, plan.lists, subscriber);
  const running = openSource(place, plan, {
    entry: (entry) => subscriber.next(entry),
    end: (error) => (error === undefined ? subscriber.complete() : subscriber.error(error)),
  });
  // Before it starts: whoever unsubscribes inside the first `next` finds the teardown in place.
  subscriber.add(() => running.close());
  running.start();
  return undefined;
}

/** A source of this package, or of another copy of it. */
export function isSource(value: unknown): value is AnySource {
  return typeof value === 'object' && value !== null && PLAN in value;
}
