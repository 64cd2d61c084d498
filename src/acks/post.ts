import type { Batch } from './batch.js';

/** Items that travel together, each about the entry of its id; `ids` are theirs. */
export interface PostBatch<I> extends Batch {
  readonly ids: string[];
  readonly items: I[];
}

/** Waiting → in the air → landed, as acks go. Plain data. */
export interface Post<I> {
  waiting: PostBatch<I>;
  air: PostBatch<I> | undefined;
  /** Ids of which a try may have arrived whose reply was lost. */
  readonly doubtful: Set<string>;
}

export function emptyPost<I>(): Post<I> {
  return { waiting: emptyBatch(), air: undefined, doubtful: new Set() };
}

function emptyBatch<I>(): PostBatch<I> {
  return { ids: [], items: [], listeners: [] };
}

/** Those on their way, the older ones first. */
export function batchesIn<I>({ air, waiting }: Post<I>): PostBatch<I>[] {
  return air === undefined ? [waiting] : [air, waiting];
}

export function isEmptyPost<I>({ air, waiting }: Post<I>): boolean {
  return air === undefined && waiting.ids.length === 0;
}

export function post<I extends { readonly id: string }>({ waiting }: Post<I>, item: I): void {
  waiting.ids.push(item.id);
  waiting.items.push(item);
}

/** Waiting → in the air. Only when nothing is in the air, and then all that waits travels. */
export function takePost<I>(box: Post<I>): PostBatch<I> | undefined {
  if (box.air !== undefined || box.waiting.ids.length === 0) return undefined;
  box.air = box.waiting;
  box.waiting = emptyBatch();
  return box.air;
}

/** In the air → waiting: it may have arrived, or not. */
export function restorePost<I>(box: Post<I>): void {
  const { air, waiting } = box;
  if (air === undefined) return;
  for (const id of air.ids) box.doubtful.add(id);
  box.waiting = {
    ids: [...air.ids, ...waiting.ids],
    items: [...air.items, ...waiting.items],
    listeners: [...air.listeners, ...waiting.listeners],
  };
  box.air = undefined;
}

/** In the air → landed, or given up. */
export function landPost<I>(box: Post<I>): PostBatch<I> | undefined {
  const { air } = box;
  box.air = undefined;
  for (const id of air?.ids ?? []) box.doubtful.delete(id);
  return air;
}
