/** So many places are kept for the next items, and so many that were taken are not worth moving the rest for. */
const LITTLE = 32;

/**
 * First in, first out, in constant time (`shift` of an array moves everything behind it). A place is emptied when it is taken: in a chain
 * of links, one that has grown old would keep all behind it alive, taken or not, until the next full collection.
 */
export class Fifo<T> {
  #items: (T | undefined)[] = [];
  /** Where the first is, and where the next comes. */
  #from = 0;
  #to = 0;

  get size(): number {
    return this.#to - this.#from;
  }

  get first(): T | undefined {
    return this.#items[this.#from];
  }

  /** In order; a copy. */
  all(): T[] {
    return this.#items.slice(this.#from, this.#to) as T[];
  }

  push(item: T): void {
    this.#items[this.#to++] = item;
  }

  shift(): T | undefined {
    const at = this.#from;
    if (at === this.#to) return undefined;
    const item = this.#items[at];
    this.#items[at] = undefined;
    this.#from = at + 1;
    if (this.#from === this.#to) this.#begin();
    else if (this.#from > LITTLE && this.#from > this.size) this.#close();
    return item;
  }

  /** It is empty. */
  #begin(): void {
    this.#from = 0;
    this.#to = 0;
    if (this.#items.length > LITTLE) this.#items.length = 0;
  }

  /** Moves what is left to the front: each item once, on average. */
  #close(): void {
    this.#items = this.#items.slice(this.#from, this.#to);
    this.#to -= this.#from;
    this.#from = 0;
  }
}
