/** What the recipes of docs/sse.md use of frameworks whose own types are not installed here. */
declare module 'express' {
  import type { IncomingMessage, ServerResponse } from 'node:http';

  export interface Express {
    (request: IncomingMessage, response: ServerResponse): void;
    get(path: string, handler: (request: IncomingMessage, response: ServerResponse) => void): this;
  }
  export default function express(): Express;
}

declare module 'fastify' {
  import type { IncomingMessage, ServerResponse } from 'node:http';

  export interface FastifyRequest {
    readonly raw: IncomingMessage;
    readonly headers: IncomingMessage['headers'];
    readonly url: string;
  }
  export interface FastifyReply {
    readonly raw: ServerResponse;
    hijack(): this;
  }
  export interface FastifyInstance {
    get(path: string, handler: (request: FastifyRequest, reply: FastifyReply) => void): this;
  }
}
