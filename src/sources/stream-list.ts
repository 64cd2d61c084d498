import type { StreamStart } from '../plan.js';
import type { Running } from './open-source.js';

/** Keeps the streams of a subscription to a list that changes. */
export class StreamList {
  #wanted: ReadonlyMap<string, StreamStart>;
  /** Those that are read, and those that have not left yet. */
  readonly #there = new Set<string>();
  readonly #leaving = new Set<string>();
  #phase: 'idle' | 'comparing' | 'outdated' = 'idle';

  /** `first`: what is read already. */
  constructor(
    first: readonly StreamStart[],
    readonly running: Pick<Running, 'add' | 'leave' | 'stay'>,
    /** A stream cannot be read: a consumer of that name reads it, or they are too many. */
    readonly refused: (error: unknown) => void,
  ) {
    this.#wanted = byName(first);
    for (const { stream } of first) this.#there.add(stream);
  }

  get isEmpty(): boolean {
    return this.#wanted.size === 0;
  }

  /** A list in place of the one before. It may come while that one is still looked at. */
  next(list: readonly StreamStart[]): void {
    this.#wanted = byName(list);
    if (this.#phase !== 'idle') {
      this.#phase = 'outdated';
      return;
    }
    do {
      this.#phase = 'comparing';
      this.#compare();
    } while (this.#isOutdated);
    this.#phase = 'idle';
  }

  /** That stream is read no more. It may be wanted again by now. */
  left(stream: string): void {
    this.#leaving.delete(stream);
    this.#there.delete(stream);
    const again = this.#wanted.get(stream);
    if (again !== undefined) this.#add(again);
  }

  get #isOutdated(): boolean {
    return this.#phase === 'outdated';
  }

  #compare(): void {
    for (const stream of [...this.#there]) {
      if (this.#wanted.has(stream) || this.#leaving.has(stream)) continue;
      this.#leaving.add(stream);
      this.running.leave(stream);
    }
    for (const each of this.#wanted.values()) {
      if (this.#leaving.delete(each.stream)) this.running.stay(each.stream);
      else if (!this.#there.has(each.stream)) this.#add(each);
      if (this.#isOutdated) return;
    }
  }

  #add(stream: StreamStart): void {
    this.#there.add(stream.stream);
    try {
      this.running.add(stream);
    } catch (error) {
      this.refused(error);
    }
  }
}

function byName(list: readonly StreamStart[]): ReadonlyMap<string, StreamStart> {
  return new Map(list.map((each) => [each.stream, each]));
}
