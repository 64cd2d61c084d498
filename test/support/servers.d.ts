/** What the recipe of docs/sse.md uses of Express, whose own types are not installed here. */
declare module 'express' {
  import type { IncomingMessage, ServerResponse } from 'node:http';

  export interface Express {
    (request: IncomingMessage, response: ServerResponse): void;
    get(path: string, handler: (request: IncomingMessage, response: ServerResponse) => void): this;
  }
  export default function express(): Express;
}
