import { Fifo } from '../fifo.js';
import type { Owed } from './owed.js';

/** An entry (or an array of entries) on its way to the project. */
export interface Work<In> {
  readonly value: In;
  readonly owed: Owed;
  /** Known once the queue has asked for it. */
  key?: unknown;
  /** `key` threw: counts as its project failing. */
  broken?: { readonly error: unknown };
}

/**
 * What waits for a slot, in arrival order. With a `key`, work whose key is occupied steps aside into the lane of that key and lets
 * later keys pass. Every step is O(1) per entry, and a lane exists only while its key is occupied.
 */
export class WorkQueue<In> {
  readonly #key: ((value: In) => unknown) | undefined;
  /** Nobody has looked at its key yet. */
  #arrived = new Fifo<Work<In>>();
  /** Came out of its lane: its key belongs to it. Older than everything in `#arrived`. */
  #ready = new Fifo<Work<In>>();
  /** The occupied keys, each with the work behind the one that runs (or is ready). */
  readonly #lanes = new Map<unknown, Fifo<Work<In>>>();
  /** Work in lanes. */
  #aside = 0;

  constructor(key: ((value: In) => unknown) | undefined) {
    this.#key = key;
  }

  get size(): number {
    return this.#arrived.size + this.#ready.size + this.#aside;
  }

  /** Somebody who comes now need not queue. */
  get isPassable(): boolean {
    return this.#key === undefined && this.#arrived.size === 0;
  }

  push(work: Work<In>): void {
    this.#arrived.push(work);
  }

  /** The oldest work that may run now. Its key is occupied until `done`. Calls `key`, which may call back. */
  take(): Work<In> | undefined {
    if (this.#key === undefined) return this.#arrived.shift();
    return this.#ready.shift() ?? this.#takeArrived(this.#key);
  }

  /** The work ended (or will not run): the next of its key may. */
  done(work: Work<In>): void {
    const lane = this.#lanes.get(work.key);
    if (lane === undefined) return; // no key, or cleared meanwhile
    const next = lane.shift();
    if (next === undefined) {
      this.#lanes.delete(work.key);
    } else {
      this.#aside--;
      this.#ready.push(next);
    }
  }

  /** Takes out everything that waits. */
  clear(): Work<In>[] {
    const queues = [this.#ready, ...this.#lanes.values(), this.#arrived];
    this.#arrived = new Fifo();
    this.#ready = new Fifo();
    this.#lanes.clear();
    this.#aside = 0;
    return queues.flatMap(emptied);
  }

  #takeArrived(key: (value: In) => unknown): Work<In> | undefined {
    for (let work = this.#arrived.shift(); work !== undefined; work = this.#arrived.shift()) {
      try {
        work.key = key(work.value);
      } catch (error) {
        work.key = work; // a key that nobody else has
        work.broken = { error };
      }
      const lane = this.#lanes.get(work.key);
      if (lane === undefined) {
        this.#lanes.set(work.key, new Fifo());
        return work;
      }
      lane.push(work);
      this.#aside++;
    }
    return undefined;
  }
}

function emptied<T>(fifo: Fifo<T>): T[] {
  const items: T[] = [];
  for (let item = fifo.shift(); item !== undefined; item = fifo.shift()) items.push(item);
  return items;
}
