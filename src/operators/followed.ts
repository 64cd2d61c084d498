import { from, isObservable, type InteropObservable, type Observable, type ReadableStreamLike } from 'rxjs';

type FollowableByMethod<T> = Observable<T> | InteropObservable<T> | PromiseLike<T> | AsyncIterable<T>;

/** What a stage waits for when a project returns it. Iterables, arrays and strings are values. */
export type Followable<T> = FollowableByMethod<T> | ReadableStreamLike<T>;

/**
 * What a stage emits for a project that returns `R`: the values of what is followed, and anything else as it is.
 * In two steps: a `ReadableStream` of the web is an async iterable too, and its overloaded `getReader` would blur what it holds.
 */
export type Followed<R> = R extends FollowableByMethod<infer T> ? T : R extends ReadableStreamLike<infer T> ? T : R;

export function isFollowable(result: unknown): result is Followable<unknown> {
  if (!isObject(result)) return false;
  return isThenable(result) || isObservableLike(result) || isAsyncIterable(result) || hasMethod(result, 'getReader');
}

export function isThenable(result: object): result is PromiseLike<unknown> {
  return hasMethod(result, 'then');
}

/** Only these can complete in the same call stack as their last value. */
export function isObservableLike(result: object): result is Observable<unknown> | InteropObservable<unknown> {
  return (
    isObservable(result) || ('observable' in Symbol && hasMethod(result, Symbol.observable)) || hasMethod(result, '@@observable')
  );
}

/** What to subscribe to. Anything with a `length` would be taken for an array by `from`, hence the bare iterator. */
export function observe(result: Followable<unknown>): Observable<unknown> {
  if (isObservableLike(result) || !isAsyncIterable(result)) return from(result);
  return from({ [Symbol.asyncIterator]: () => result[Symbol.asyncIterator]() });
}

function isAsyncIterable(result: object): result is AsyncIterable<unknown> {
  return hasMethod(result, Symbol.asyncIterator);
}

function isObject(value: unknown): value is object {
  return typeof value === 'object' ? value !== null : typeof value === 'function';
}

function hasMethod(object: object, name: PropertyKey): boolean {
  return typeof (object as Readonly<Record<PropertyKey, unknown>>)[name] === 'function';
}
