import { EventEmitter } from 'node:events';
import type { Arg, RedisClient } from '../../src/wire/client.js';

/** A client that answers from a function and remembers what it was sent; its duplicates share both. */
export class FakeClient extends EventEmitter implements RedisClient {
  status = 'ready';
  isCluster = false;
  readonly sent: string[];
  readonly duplicates: FakeClient[] = [];
  disconnects = 0;

  constructor(
    readonly answer: (name: string, args: readonly Arg[], binary: boolean) => unknown = () => 'OK',
    readonly options: Record<string, unknown> = {},
    sent: string[] = [],
  ) {
    super();
    this.sent = sent;
  }
  async #run(name: string, args: readonly Arg[], binary: boolean): Promise<unknown> {
    this.sent.push([name, ...args].join(' '));
    return this.answer(name, args, binary);
  }
  call(name: string, args: readonly Arg[]): Promise<unknown> {
    return this.#run(name, args, false);
  }
  callBuffer(name: string, args: readonly Arg[]): Promise<unknown> {
    return this.#run(name, args, true);
  }
  duplicate(override: object = {}): FakeClient {
    const made = new FakeClient(this.answer, { ...this.options, ...override }, this.sent);
    this.duplicates.push(made);
    return made;
  }
  disconnect(): void {
    this.disconnects++;
  }
}

/** As the parsers of ioredis make it. */
export function replyError(message: string): Error {
  const error = new Error(message);
  error.name = 'ReplyError';
  return error;
}

export const never = new Promise<never>(() => undefined);
