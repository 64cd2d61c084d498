import type { ContextId, ExternalContextCreator } from '@nestjs/core';
import { catchError, defer, isObservable, mergeMap, of, type Observable } from 'rxjs';
import type { RedisStreamsContext } from './redis-streams-context.js';
import { CONTEXT, ROUTE_ARGS, rpcParamsFactory } from './rpc-params.js';

/** The method of an instance, and where Nest finds its enhancers. */
export interface Target {
  readonly instance: object;
  readonly method: string;
  /** Of a request-scoped instance. */
  readonly contextId?: ContextId | undefined;
  readonly inquirerId?: string | undefined;
}

type Method = (...args: unknown[]) => unknown;

/**
 * A method behind guards, pipes and interceptors; what fails there or in the Observable it returned goes through the filters.
 *
 * Nest's own creator of such contexts awaits the Observable with `lastValueFrom`, where an empty one is an error and nothing can cancel
 * it. Here it is followed as it is.
 */
export function pipelineOf(
  creator: ExternalContextCreator,
  target: Target,
): (data: unknown, context: RedisStreamsContext) => Observable<unknown> {
  const { instance, method, contextId, inquirerId } = target;
  const called = (instance as Record<string, Method>)[method] as Method;
  const external = following(creator);
  const before = { guards: true, interceptors: true, filters: false };
  const run = external.create(instance, called, method, ROUTE_ARGS, rpcParamsFactory, contextId, inquirerId, before, 'rpc');
  const after = { guards: false, interceptors: false, filters: true };
  // Under a name of its own: Nest remembers per name which parameters a method has.
  const filter = external.create(
    instance,
    failing(called),
    `${method} (filters)`,
    undefined,
    undefined,
    contextId,
    inquirerId,
    after,
    'rpc',
  );
  return (data, context) =>
    defer(() => run(data, context)).pipe(
      mergeMap(follow),
      catchError((error: unknown) => defer(() => filter(data, context, error)).pipe(mergeMap(follow))),
    );
}

function follow(result: unknown): Observable<unknown> {
  return isObservable(result) ? result : of(result);
}

/** The same creator, but for what it does with an Observable; and pipes are for data, not for the context. */
function following(creator: ExternalContextCreator): ExternalContextCreator {
  const { getParamValue } = creator;
  return Object.create(creator, {
    transformToResult: { value: async (result: unknown) => result },
    getParamValue: {
      value: (value: unknown, metadata: { type: unknown }, pipes: never[]) =>
        metadata.type === CONTEXT ? Promise.resolve(value) : getParamValue.call(creator, value, metadata as never, pipes),
    },
  }) as ExternalContextCreator;
}

/** In the place of the method, with its decorators: fails with what it is given. */
function failing(method: Method): Method {
  const thrower: Method = (_data, _context, error) => {
    throw error;
  };
  for (const key of Reflect.getMetadataKeys(method) as unknown[])
    Reflect.defineMetadata(key, Reflect.getMetadata(key, method), thrower);
  return thrower;
}
