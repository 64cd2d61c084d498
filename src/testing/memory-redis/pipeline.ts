import type { Request } from './session.js';
import type { Result } from './transaction.js';

export type Callback = (error: unknown, value?: unknown) => void;

/** How a pipeline reaches its client. */
export interface PipelineTarget {
  /** One after another, on the connection. */
  submit(request: Request): Promise<unknown>;
  /** All at once, between MULTI and EXEC. */
  submitTransaction(requests: readonly Request[]): Promise<Result[] | null>;
}

/** Commands kept until `exec()`: `pipeline()` and `multi()`. Its command methods are made in `methods.ts`. */
export class Pipeline {
  readonly #target: PipelineTarget;
  readonly #atomic: boolean;
  readonly #queue: { readonly request: Request; readonly callback: Callback | undefined }[] = [];

  constructor(target: PipelineTarget, { atomic }: { atomic: boolean }) {
    this.#target = target;
    this.#atomic = atomic;
  }

  get length(): number {
    return this.#queue.length;
  }

  /** Keeps one command. */
  send(name: string, given: readonly unknown[], binary: boolean, written = name): this {
    const { args, callback } = splitCallback(given);
    this.#queue.push({ request: { name, written, args, binary }, callback });
    return this;
  }

  call(name: string, ...args: unknown[]): this {
    return this.send(name.toLowerCase(), args, false, name);
  }

  callBuffer(name: string, ...args: unknown[]): this {
    return this.send(name.toLowerCase(), args, true, name);
  }

  addBatch(commands: readonly (readonly unknown[])[]): this {
    for (const [name, ...args] of commands) {
      const binary = String(name).endsWith('Buffer');
      this.send(binary ? String(name).slice(0, -6) : String(name), args, binary);
    }
    return this;
  }

  exec(callback?: Callback): Promise<Result[] | null> {
    return withCallback(this.#atomic ? this.#execAtOnce() : this.#execEach(), callback);
  }

  async #execEach(): Promise<Result[]> {
    const sent = this.#queue.splice(0).map(({ request, callback }) => withCallback(this.#target.submit(request), callback));
    const settled = await Promise.allSettled(sent);
    return settled.map((one) => (one.status === 'fulfilled' ? [null, one.value] : [one.reason as Error]));
  }

  async #execAtOnce(): Promise<Result[] | null> {
    const queue = this.#queue.splice(0);
    const results = await this.#target.submitTransaction(queue.map(({ request }) => request));
    results?.forEach(([error, value], index) => queue[index]?.callback?.(error, value));
    return results;
  }
}

/** ioredis takes a callback last, and lists of arguments anywhere. */
export function splitCallback(given: readonly unknown[]): { args: unknown[]; callback: Callback | undefined } {
  const last = given.at(-1);
  const callback = typeof last === 'function' ? (last as Callback) : undefined;
  const args = callback ? given.slice(0, -1) : (given as unknown[]);
  return { args: args.some(Array.isArray) ? flat(args) : args, callback };
}

/** `Array.prototype.flat` takes several times as long, and this is on every command's way. */
function flat(args: readonly unknown[]): unknown[] {
  const all: unknown[] = [];
  for (const arg of args) {
    if (Array.isArray(arg)) for (const item of arg as unknown[]) all.push(item);
    else all.push(arg);
  }
  return all;
}

export function withCallback<T>(promise: Promise<T>, callback: Callback | undefined): Promise<T> {
  if (callback) {
    promise.then(
      (value) => callback(null, value),
      (error: unknown) => callback(error),
    );
  }
  return promise;
}
