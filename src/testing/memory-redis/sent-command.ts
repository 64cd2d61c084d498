import type { Listener } from './answers.js';
import type { Sent } from './connection.js';
import { asReplyError } from './errors.js';
import { present, type Reply } from './reply.js';
import type { Request, Session } from './session.js';

export type Work = (session: Session, request: Request) => unknown;

/** A command on its way. */
export class SentCommand implements Sent {
  readonly #session: Session;
  readonly #request: Request;
  readonly #work: Work;
  readonly #promise: Listener;

  constructor(session: Session, request: Request, work: Work, promise: Listener) {
    this.#session = session;
    this.#request = request;
    this.#work = work;
    this.#promise = promise;
  }

  run(): unknown {
    return this.#work(this.#session, this.#request);
  }

  present(reply: Reply): unknown {
    return present(reply, this.#request.binary);
  }

  resolve(value: unknown): void {
    this.#promise.resolve(value);
  }

  reject(error: unknown): void {
    this.#promise.reject(asReplyError(error, this.#request));
  }
}
