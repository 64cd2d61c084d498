import { compareIds } from '../../streams/position.js';

/** A map from ids, in the order of the ids: what comes after one is found by halving, and most are added at the end. */
export class ById<T> {
  readonly #ids: string[] = [];
  readonly #values = new Map<string, T>();

  has(id: string): boolean {
    return this.#values.has(id);
  }

  get(id: string): T | undefined {
    return this.#values.get(id);
  }

  set(id: string, value: T): void {
    if (!this.#values.has(id)) this.#ids.splice(this.#placeAfter(id), 0, id);
    this.#values.set(id, value);
  }

  delete(id: string): boolean {
    if (!this.#values.delete(id)) return false;
    this.#ids.splice(this.#placeAfter(id) - 1, 1);
    return true;
  }

  /** After one id and up to another, both as far as they are given. */
  *after(id: string | undefined, to?: string): Generator<[id: string, value: T]> {
    for (let place = id === undefined ? 0 : this.#placeAfter(id); place < this.#ids.length; place++) {
      const each = this.#ids[place] as string;
      if (to !== undefined && compareIds(each, to) > 0) return;
      yield [each, this.#values.get(each) as T];
    }
  }

  /** The first place of a later id. */
  #placeAfter(id: string): number {
    let [low, high] = [0, this.#ids.length];
    const last = this.#ids.at(-1);
    if (last === undefined || compareIds(last, id) <= 0) return high;
    while (low < high) {
      const middle = (low + high) >>> 1;
      if (compareIds(this.#ids[middle] as string, id) <= 0) low = middle + 1;
      else high = middle;
    }
    return low;
  }
}
