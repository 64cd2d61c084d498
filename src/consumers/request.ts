import type { FieldValue } from '../entry.js';
import type { Decode } from '../plan.js';
import { SETTLEMENT } from '../settlement.js';
import { decodeInto } from '../sources/decoding.js';
import type { StreamEntry } from '../sources/delivery.js';
import { waiting } from './waiting.js';

export type Pulled = StreamEntry<unknown, FieldValue>;

/**
 * One call: it waits for an entry, then for its `decode`. Entries are decoded when they are asked for and not when they come, so
 * that one that cannot be decoded fails its own call alone.
 */
export class Request {
  readonly #answer = waiting<Pulled | undefined>();
  #phase: { readonly tag: 'waiting' | 'answered' } | { readonly tag: 'decoding'; readonly entry: Pulled } = { tag: 'waiting' };

  get answer(): Promise<Pulled | undefined> {
    return this.#answer.promise;
  }

  /** No entry yet. */
  get waits(): boolean {
    return this.#phase.tag === 'waiting';
  }

  get answered(): boolean {
    return this.#phase.tag === 'answered';
  }

  /** An entry for it; `handed` is called in the moment it is handed out, or its error. */
  hand(entry: Pulled, { decode, handed }: { decode: Decode<unknown, FieldValue> | undefined; handed: () => void }): void {
    this.#phase = { tag: 'decoding', entry };
    const decoded = (): void => {
      if (this.answered) return;
      handed();
      this.found(entry);
    };
    const undecodable = (error: unknown): void => {
      if (this.answered) return;
      // Nobody works on it, and its delivery counts: a consumer that is opened anew gets it again.
      entry[SETTLEMENT].settle('left', error);
      handed();
      this.failed(error);
    };
    try {
      const later = decode && decodeInto(entry, decode);
      if (later === undefined) decoded();
      else void later.then(decoded, undecodable);
    } catch (error) {
      undecodable(error);
    }
  }

  found(entry: Pulled | undefined): void {
    this.#phase = { tag: 'answered' };
    this.#answer.resolve(entry);
  }

  failed(error: unknown): void {
    this.#phase = { tag: 'answered' };
    this.#answer.reject(error);
  }

  /** What is decoded just now is not handed out. */
  giveBack(): void {
    if (this.#phase.tag === 'decoding') this.#phase.entry[SETTLEMENT].settle('released');
  }
}
