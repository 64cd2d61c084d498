import type { ParamData } from '@nestjs/common';

/** Where Nest keeps what parameters are decorated with (`ROUTE_ARGS_METADATA`, of both majors). */
export const ROUTE_ARGS = '__routeArguments__';

/** `RpcParamtype` of `@nestjs/microservices`, which exports it not. */
const PAYLOAD = 3;
export const CONTEXT = 6;

/** What `@Payload() data, @Ctx() context` would leave there. */
export const RPC_PARAMS = {
  [`${PAYLOAD}:0`]: { index: 0, data: undefined, pipes: [] },
  [`${CONTEXT}:1`]: { index: 1, data: undefined, pipes: [] },
};

/** Finds the value of a decorated parameter. */
export const rpcParamsFactory = {
  exchangeKeyForValue(type: number, data: ParamData, [payload, context]: readonly unknown[]): unknown {
    if (type === CONTEXT) return context;
    if (type !== PAYLOAD) return null;
    return typeof data === 'string' ? (payload as Record<string, unknown> | null | undefined)?.[data] : payload;
  },
};
