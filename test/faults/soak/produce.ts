import { setTimeout as sleep } from 'node:timers/promises';
import { Redis } from 'ioredis';
import { STREAM } from './names.js';

/** Entries of one pipeline at most. */
const BATCH = 200;

/**
 * Adds so many entries a second until there are `total`, numbered in `n`. What falls due while Redis is away follows at once. An XADD
 * whose reply was lost is sent again: then there are two entries of that number, and both are to be worked on.
 */
export async function produce(port: number, { rate, total }: { rate: number; total: number }): Promise<void> {
  const redis = new Redis(port, { maxRetriesPerRequest: null, retryStrategy: () => 50 });
  redis.on('error', () => undefined); // Redis goes away again and again
  const start = performance.now();
  let again: number[] = [];
  let next = 0;
  while (next < total || again.length > 0) {
    const due = Math.min(total, Math.floor(((performance.now() - start) / 1000) * rate), next + BATCH);
    const numbers = [...again, ...Array.from({ length: due - next }, (_, i) => next + i)];
    next = due;
    if (numbers.length === 0) {
      await sleep(5); // until the next ones are due
      continue;
    }
    const pipeline = redis.pipeline();
    for (const n of numbers) pipeline.xadd(STREAM, '*', 'n', n);
    const added = (await pipeline.exec()) ?? [];
    again = numbers.filter((_, i) => added[i]?.[0] !== null);
    if (again.length === 0 && due < total) await sleep(5); // batches of some size, at the rate asked for
  }
  redis.disconnect();
}
