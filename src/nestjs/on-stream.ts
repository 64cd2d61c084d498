import type { HandlingOptions } from './handling-options.js';
import { ROUTE_ARGS, RPC_PARAMS } from './rpc-params.js';

/** Where the decorator leaves what it was told: on the method. */
export const ON_STREAM = 'rxjs-redis-streams:on-stream';

/** What `@OnStream` takes beside the name of a feature. */
export type OnStreamOptions = HandlingOptions;

/** One `@OnStream` of a method. */
export interface Declared {
  readonly feature: string;
  readonly options: OnStreamOptions;
}

/**
 * The method handles the entries of a feature, one consumer of a group: it is called with the data and a `RedisStreamsContext`, or as
 * `@Payload()` and `@Ctx()` say.
 *
 * It may return nothing, a value, a promise or an Observable. **The entry is acked when that is done** (an Observable: when it
 * completes, empty or not), and nacked when it fails: then it comes again, as `redeliver` says. Guards, pipes, interceptors and
 * filters apply as everywhere in Nest; where a filter returns something, it has dealt with the error, and the entry is acked.
 *
 * ```
 * delivered    a-----b-----
 * method       --done--fail    (nacked: comes again)
 * ack          --a---------
 * ```
 *
 * ```ts
 * @Injectable()
 * class Billing {
 *   @OnStream('orders', { group: 'billing', concurrency: 8, redeliver: { maxDeliveries: 5, deadLetter: 'orders:dead' } })
 *   charge(order: Order, context: RedisStreamsContext): Observable<Receipt> { … }
 * }
 * ```
 *
 * What can go wrong, all of it told at bootstrap with the class, the method and what to do: a feature that no `forFeature` has; no
 * group; a second handler for a stream and group; a wildcard; wrong options. A source that fails later (no rights, say) is logged,
 * makes the health indicator say `down`, and is tried again, 1 s to 30 s apart.
 */
export function OnStream(feature: string, options: OnStreamOptions = {}): MethodDecorator {
  return (target, method, descriptor) => {
    const { value } = descriptor;
    if (typeof value !== 'function') {
      throw new TypeError(`${target.constructor.name}.${String(method)}: @OnStream decorates a method.`);
    }
    const before = (Reflect.getOwnMetadata(ON_STREAM, value) ?? []) as readonly Declared[];
    Reflect.defineMetadata(ON_STREAM, [...before, { feature, options }], value);
    // Parameters without decorators: the data and the context. (Their decorators have run before this one.)
    if (!Reflect.hasMetadata(ROUTE_ARGS, target.constructor, method))
      Reflect.defineMetadata(ROUTE_ARGS, RPC_PARAMS, target.constructor, method);
  };
}
