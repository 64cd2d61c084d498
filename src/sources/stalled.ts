import type { AckSession } from '../acks/session.js';
import { compareIds } from '../streams/position.js';

/** Tells that nobody settles, with the oldest entry by name; the first time of a subscription as a process warning too. */
export function tellStalled(
  { ledger, bufferSize, tell }: AckSession,
  { since, warned }: { since: number; warned: boolean },
): boolean {
  let oldest: { stream: string; id: string } | undefined;
  for (const { stream, open } of ledger.books.values()) {
    for (const id of open.keys()) if (oldest === undefined || compareIds(id, oldest.id) < 0) oldest = { stream, id };
  }
  if (oldest === undefined) return warned;
  tell({ type: 'stalled', held: ledger.held, bufferSize, oldest, since });
  if (!warned) {
    process.emitWarning(
      `The window of ${bufferSize} entries is full and nothing was settled for ${since} ms; the oldest is ${oldest.id} of ${oldest.stream}. ` +
        'Every entry has to be settled: use ackUnless() in place of filter() before the ack, and a bufferSize of at least what the pipeline needs together.',
      { type: 'RxjsRedisStreamsWarning', code: 'RXJS_REDIS_STREAMS_STALLED' },
    );
  }
  return true;
}
