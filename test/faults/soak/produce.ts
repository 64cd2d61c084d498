import { setTimeout as sleep } from 'node:timers/promises';
import { nameOf } from './names.js';
import { connect, type Where } from './where.js';

/** Entries of one pipeline at most. */
const BATCH = 200;

export interface Order {
  readonly streams: readonly string[];
  /** Entries a second, in all streams together. */
  readonly rate: number;
  readonly total: number;
}

/**
 * Adds so many entries a second until there are `total`, numbered in `n`, as many to each stream. What falls due while Redis is away
 * follows at once. An XADD whose reply was lost is sent again: then there are two entries of that number, and both are to be worked on.
 * Resolves with those whose reply came.
 */
export async function produce(where: Where, { streams, rate, total }: Order): Promise<string[]> {
  const redis = connect(where, {}, { sendsAgain: true });
  const start = performance.now();
  const share = 1 / streams.length;

  /** Streams do not wait for one another: the master of one may be away. */
  async function fill(stream: string): Promise<string[]> {
    const confirmed: string[] = [];
    let again: number[] = [];
    let next = 0;
    while (next < total * share || again.length > 0) {
      const due = Math.min(total * share, Math.floor(((performance.now() - start) / 1000) * rate * share), next + BATCH);
      const numbers = [...again, ...Array.from({ length: due - next }, (_, i) => next + i)];
      next = due;
      if (numbers.length === 0) {
        await sleep(5); // until the next ones are due
        continue;
      }
      const pipeline = redis.pipeline();
      for (const n of numbers) pipeline.xadd(stream, '*', 'n', n);
      const added = (await pipeline.exec()) ?? [];
      confirmed.push(...added.flatMap(([error, id]) => (error === null ? [nameOf(stream, String(id))] : [])));
      again = numbers.filter((_, i) => added[i]?.[0] !== null);
      if (again.length > 0 || due < total * share) await sleep(5); // batches of some size, at the rate asked for
    }
    return confirmed;
  }

  const confirmed = await Promise.all(streams.map(fill));
  redis.disconnect();
  return confirmed.flat();
}
