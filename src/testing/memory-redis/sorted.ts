import { compareIds, type StreamId } from './ids.js';

/** Items per chunk: small enough that an insertion moves little, large enough that there are few chunks. */
const CHUNK = 512;

/**
 * Things with an id, in order of their ids. A pending list of 100,000 entries is filled at its end and emptied at its front, one
 * by one: one array would move all of it each time, so it is cut into chunks, and both the chunk and the place in it are found by
 * halving.
 */
export class SortedById<T extends { readonly id: StreamId }> {
  readonly #chunks: T[][] = [];
  #size = 0;

  get size(): number {
    return this.#size;
  }

  get first(): T | undefined {
    return this.#chunks[0]?.[0];
  }

  get last(): T | undefined {
    return this.#chunks.at(-1)?.at(-1);
  }

  get(id: StreamId): T | undefined {
    const found = this.atOrAfter(id);
    return found && compareIds(found.id, id) === 0 ? found : undefined;
  }

  atOrAfter(id: StreamId): T | undefined {
    const chunk = this.#chunks[this.#chunkOf(id)];
    return chunk?.[placeIn(chunk, id)];
  }

  /** The id must be new. */
  add(item: T): void {
    this.#size++;
    const chunks = this.#chunks;
    const last = chunks.at(-1);
    const end = last?.at(-1);
    if (last === undefined || end === undefined || compareIds(item.id, end.id) > 0) {
      if (last !== undefined && last.length < CHUNK) last.push(item);
      else chunks.push([item]);
      return;
    }
    const index = this.#chunkOf(item.id);
    const chunk = chunks[index] as T[];
    chunk.splice(placeIn(chunk, item.id), 0, item);
    if (chunk.length > 2 * CHUNK) chunks.splice(index + 1, 0, chunk.splice(CHUNK));
  }

  delete(id: StreamId): T | undefined {
    const index = this.#chunkOf(id);
    const chunk = this.#chunks[index];
    if (!chunk) return undefined;
    const place = placeIn(chunk, id);
    const item = chunk[place];
    if (!item || compareIds(item.id, id) !== 0) return undefined;
    chunk.splice(place, 1);
    if (chunk.length === 0) this.#chunks.splice(index, 1);
    this.#size--;
    return item;
  }

  /** From `id` upwards. What happens to items already passed does not matter; nothing may be removed ahead. */
  *from(id: StreamId): Generator<T> {
    const start = this.#chunkOf(id);
    for (let index = start; index < this.#chunks.length; index++) {
      const chunk = this.#chunks[index] as T[];
      for (let place = index === start ? placeIn(chunk, id) : 0; place < chunk.length; place++) yield chunk[place] as T;
    }
  }

  /** The first chunk whose last id is not below; `length` when there is none. */
  #chunkOf(id: StreamId): number {
    let [low, high] = [0, this.#chunks.length];
    while (low < high) {
      const middle = (low + high) >>> 1;
      const last = (this.#chunks[middle] as T[]).at(-1) as T;
      if (compareIds(last.id, id) < 0) low = middle + 1;
      else high = middle;
    }
    return low;
  }
}

/** The first place whose id is not below. */
export function placeIn(items: readonly { readonly id: StreamId }[], id: StreamId): number {
  let [low, high] = [0, items.length];
  while (low < high) {
    const middle = (low + high) >>> 1;
    if (compareIds((items[middle] as { id: StreamId }).id, id) < 0) low = middle + 1;
    else high = middle;
  }
  return low;
}
