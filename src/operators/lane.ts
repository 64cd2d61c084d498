import { Fifo } from '../fifo.js';
import type { Work } from './work-queue.js';

/** The work of one key, one after another. A lane exists while something of it runs, waits, or is waited for. */
export class Lane<In> {
  /** The one that runs, or is ready to. */
  state: 'free' | 'occupied' = 'occupied';
  /** So many entries were nacked and come again: nobody but they may run before. */
  awaited = 0;
  /** Those of them that have come. */
  readonly returned = new Fifo<Work<In>>();
  readonly #behind = new Fifo<Work<In>>();

  constructor(readonly key: unknown) {}

  push(work: Work<In>): void {
    this.#behind.push(work);
  }

  /** What may run now. */
  next(): Work<In> | undefined {
    if (this.state === 'occupied') return undefined;
    return this.returned.shift() ?? (this.awaited > 0 ? undefined : this.#behind.shift());
  }

  get isOver(): boolean {
    return this.state === 'free' && this.awaited === 0;
  }

  /** Takes out of those behind what is asked for. */
  remove(asked: (work: Work<In>) => boolean): Work<In>[] {
    const all = emptied(this.#behind);
    for (const work of all) if (!asked(work)) this.#behind.push(work);
    return all.filter(asked);
  }

  clear(): Work<In>[] {
    return [...emptied(this.returned), ...emptied(this.#behind)];
  }
}

export function emptied<T>(fifo: Fifo<T>): T[] {
  const items: T[] = [];
  for (let item = fifo.shift(); item !== undefined; item = fifo.shift()) items.push(item);
  return items;
}
