import { waiting, type Waiting } from './waiting.js';

/** Who waits for streams to be joined. */
export class Joins {
  readonly #waiting = new Map<string, Waiting<void> & { readonly refused: (() => void) | undefined }>();

  get some(): boolean {
    return this.#waiting.size > 0;
  }

  /** `refused` is called in the moment it is refused, before whoever waits can do anything else. */
  wait(stream: string, refused?: () => void): Promise<void> {
    const join = { ...waiting<void>(), refused };
    this.#waiting.set(stream, join);
    return join.promise;
  }

  joined(stream: string): void {
    this.#take(stream)?.resolve();
  }

  refused(stream: string, error: unknown): void {
    const join = this.#take(stream);
    join?.refused?.();
    join?.reject(error);
  }

  end(error: unknown): void {
    for (const stream of [...this.#waiting.keys()]) this.refused(stream, error);
  }

  #take(stream: string) {
    const join = this.#waiting.get(stream);
    this.#waiting.delete(stream);
    return join;
  }
}
