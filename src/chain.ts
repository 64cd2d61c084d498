/** In a chain, from one to the next. */
export interface Link {
  before?: this | undefined;
  after?: this | undefined;
}

/**
 * In the order they came, and taken out anywhere in constant time. A `Set` does that too, but the tables that it outgrows keep alive what they
 * once held, until the next full collection: young ones then copy all of it.
 */
export class Chain<T extends Link> {
  #first: T | undefined;
  #last: T | undefined;

  get isEmpty(): boolean {
    return this.#first === undefined;
  }

  /** What is in no other chain. */
  add(item: T): void {
    item.before = this.#last;
    if (this.#last === undefined) this.#first = item;
    else this.#last.after = item;
    this.#last = item;
  }

  /** Does nothing when it is out already. */
  remove(item: T): void {
    const { before, after } = item;
    if (before === undefined && this.#first !== item) return;
    if (before === undefined) this.#first = after;
    else before.after = after;
    if (after === undefined) this.#last = before;
    else after.before = before;
    // What is out keeps nobody alive.
    item.before = undefined;
    item.after = undefined;
  }

  /** The oldest first. */
  all(): T[] {
    const all: T[] = [];
    for (let item = this.#first; item !== undefined; item = item.after) all.push(item);
    return all;
  }
}
