import type { RedisClient } from './client.js';
import { generateName } from './generate-name.js';

/** By what a server knows a repeat again (`XADD … IDMP`, Redis 8.6). */
export interface Identity {
  readonly producer: string;
  readonly id: string;
}

/** The server keeps the newest hundred ids of each producer of a stream (`stream-idmp-maxsize`), and each for 100 s. */
export const REMEMBERED = 100;

/** What everybody who publishes on one client shares. */
export class Producers {
  /** Whether the server knows repeats again: found by the first XADD that asks for it, and never by its version. */
  idempotent: 'not-known-yet' | 'yes' | 'no' = 'not-known-yet';
  /** Names that nobody uses: the server remembers each for a while, so they are used again. */
  readonly #free: string[] = [];
  #ids = 0;

  take(): string {
    return this.#free.pop() ?? generateName();
  }

  giveBack(names: readonly string[]): void {
    this.#free.push(...names);
  }

  /** Never the same again. */
  nextId(): string {
    return (++this.#ids).toString(36);
  }
}

const known = new WeakMap<object, Producers>();

export function producersOf(client: RedisClient): Producers {
  let producers = known.get(client);
  if (producers === undefined) known.set(client, (producers = new Producers()));
  return producers;
}
