import { ContextIdFactory, ModuleRef, type DiscoveryService, type ExternalContextCreator } from '@nestjs/core';
import { defer, mergeMap, type Observable } from 'rxjs';
import type { Delivery } from '../index.js';
import { pipelineOf } from './pipeline.js';
import { RedisStreamsContext } from './redis-streams-context.js';

/** Where Nest keeps a provider or a controller. */
type Wrapper = ReturnType<DiscoveryService['getProviders']>[number];

/** A decorated method of a provider or a controller. */
export interface Host {
  readonly wrapper: Wrapper;
  readonly instance: object;
  readonly method: string;
  /** The group whose entries it handles. */
  readonly group: string;
}

/** What `REQUEST` injects into a request-scoped handler: the same as for the handlers of Nest's own transports. */
export interface StreamRequest {
  readonly pattern: string;
  readonly data: unknown;
  readonly context: RedisStreamsContext;
}

/** What is to be done with a delivery: the method is called, on an instance of its own where it is request-scoped. */
export function workOf(host: Host, creator: ExternalContextCreator): (delivery: Delivery<unknown>) => Observable<unknown> {
  const { wrapper, instance, method, group } = host;
  if (wrapper.isDependencyTreeStatic() && !wrapper.isTransient) {
    const run = pipelineOf(creator, { instance, method });
    return (delivery) => run(delivery.value, new RedisStreamsContext(delivery, group));
  }
  return (delivery) => {
    const context = new RedisStreamsContext(delivery, group);
    return defer(() => scoped(host, { pattern: delivery.stream, data: delivery.value, context })).pipe(
      mergeMap(({ scopedTo, contextId }) =>
        pipelineOf(creator, { instance: scopedTo, method, contextId, inquirerId: wrapper.id })(delivery.value, context),
      ),
    );
  };
}

/** An instance for one delivery; durable providers are shared, as the application's strategy says. */
async function scoped(
  { wrapper }: Host,
  request: StreamRequest,
): Promise<{ scopedTo: object; contextId: ReturnType<typeof ContextIdFactory.create> }> {
  const contextId = ContextIdFactory.getByRequest(request);
  const moduleRef = wrapper.host?.getProviderByKey(ModuleRef)?.instance as ModuleRef;
  const payload: unknown = contextId.payload;
  const injected = wrapper.isDependencyTreeDurable() ? payload : Object.assign(request, payload);
  moduleRef.registerRequestByContextId(injected, contextId);
  return { scopedTo: await moduleRef.resolve<object>(wrapper.token as string, contextId), contextId };
}
