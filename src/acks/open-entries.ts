/** In a list of its kind, from one to the next. */
export interface Linked {
  readonly id: string;
  before?: this | undefined;
  after?: this | undefined;
}

/**
 * The open entries of one stream, in the order they came. Hardly anybody asks for one by its id, so they are a list: a `Map` would be
 * written twice for each, and the tables that it outgrows keep alive what they once held. Who asks gets an index, kept until all are
 * settled. Of one id the newest is meant.
 */
export class OpenEntries<H extends Linked> {
  #first: H | undefined;
  #last: H | undefined;
  #index: Map<string, H> | undefined;

  get isEmpty(): boolean {
    return this.#first === undefined;
  }

  add(held: H): void {
    const { id } = held;
    const older = this.#index?.get(id);
    if (older !== undefined) this.remove(older);
    held.before = this.#last;
    if (this.#last === undefined) this.#first = held;
    else this.#last.after = held;
    this.#last = held;
    this.#index?.set(id, held);
  }

  /** Takes it out, unless a newer one of its id has done so. */
  remove(held: H): void {
    const { before, after } = held;
    if (before === undefined && this.#first !== held) return;
    if (before === undefined) this.#first = after;
    else before.after = after;
    if (after === undefined) this.#last = before;
    else after.before = before;
    // Links of what is settled would keep others alive.
    held.before = undefined;
    held.after = undefined;
    if (this.#index?.get(held.id) === held) this.#index.delete(held.id);
    if (this.#first === undefined) this.#index = undefined;
  }

  has(id: string): boolean {
    return this.get(id) !== undefined;
  }

  get(id: string): H | undefined {
    return this.#first === undefined ? undefined : this.#indexed().get(id);
  }

  /** The oldest first. */
  all(): H[] {
    const all: H[] = [];
    for (let held = this.#first; held !== undefined; held = held.after) all.push(held);
    return all;
  }

  #indexed(): Map<string, H> {
    if (this.#index !== undefined) return this.#index;
    const index = new Map<string, H>();
    for (const held of this.all()) {
      const older = index.get(held.id);
      if (older !== undefined) this.remove(older);
      index.set(held.id, held);
    }
    this.#index = index;
    return index;
  }
}
