import { Chain, type Link } from '../chain.js';

export interface Identified extends Link {
  readonly id: string;
}

/**
 * The open entries of one stream, in the order they came. Hardly anybody asks for one by its id, and a `Map` would be written twice for each:
 * who asks gets an index, kept until all are settled. Of one id the newest is meant.
 */
export class OpenEntries<H extends Identified> {
  readonly #chain = new Chain<H>();
  #index: Map<string, H> | undefined;

  get isEmpty(): boolean {
    return this.#chain.isEmpty;
  }

  add(held: H): void {
    const older = this.#index?.get(held.id);
    if (older !== undefined) this.remove(older);
    this.#chain.add(held);
    this.#index?.set(held.id, held);
  }

  /** Takes it out, unless a newer one of its id has done so. */
  remove(held: H): void {
    this.#chain.remove(held);
    if (this.#index === undefined) return;
    if (this.#index.get(held.id) === held) this.#index.delete(held.id);
    if (this.isEmpty) this.#index = undefined;
  }

  has(id: string): boolean {
    return this.get(id) !== undefined;
  }

  get(id: string): H | undefined {
    return this.isEmpty ? undefined : this.#indexed().get(id);
  }

  /** The oldest first. */
  all(): H[] {
    return this.#chain.all();
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
