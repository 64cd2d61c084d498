import type { BaseRpcContext, Transport } from '@nestjs/microservices';

/** What instrumentation has hung around the work of a server. */
export interface ProcessingHooks<C> {
  readonly transportId: Transport | symbol;
  readonly start: (transportId: Transport | symbol, context: C, done: () => Promise<unknown>) => unknown;
  readonly end: ((transportId: Transport | symbol, context: C) => void) | undefined;
}

/**
 * The work between the hooks: the first is handed the work and decides when it is done, the other is called once when it has ended.
 * Settles as the work did, whatever the first hook returns: it may be nothing.
 */
export function processed<C extends BaseRpcContext>(
  hooks: ProcessingHooks<C>,
  context: C,
  work: () => Promise<void>,
): Promise<void> {
  const { transportId, start, end } = hooks;
  return new Promise((resolve, reject) => {
    const done = (): Promise<void> => {
      const ended = work().finally(() => end?.(transportId, context));
      ended.then(resolve, reject);
      return ended;
    };
    try {
      Promise.resolve(start(transportId, context, done)).catch(reject);
    } catch (error) {
      reject(error instanceof Error ? error : new Error(String(error)));
    }
  });
}
