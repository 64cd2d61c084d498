import type { Ledger } from '../acks/book.js';
import type { AckSession } from '../acks/session.js';
import { compareIds } from '../streams/position.js';

/** Tells that nobody settles, with the oldest entry by name; the first time of a subscription as a process warning too. */
export class Stalled {
  #warned = false;

  constructor(
    readonly session: AckSession,
    /** What is in the window; nothing, where somebody else tells of it. */
    readonly ledgers: () => readonly Ledger[] = () => [session.ledger],
  ) {}

  tell(since: number): void {
    const ledgers = this.ledgers();
    const { bufferSize, tell } = this.session;
    let oldest: { stream: string; id: string } | undefined;
    for (const { stream, open } of ledgers.flatMap(({ books }) => [...books.values()])) {
      for (const { id } of open.all()) if (oldest === undefined || compareIds(id, oldest.id) < 0) oldest = { stream, id };
    }
    if (oldest === undefined) return;
    tell({ type: 'stalled', held: ledgers.reduce((sum, { held }) => sum + held, 0), bufferSize, oldest, since });
    if (this.#warned) return;
    this.#warned = true;
    process.emitWarning(
      `The window of ${bufferSize} entries is full and nothing was settled for ${since} ms; the oldest is ${oldest.id} of ${oldest.stream}. ` +
        'Every entry has to be settled: use ackUnless() in place of filter() before the ack, and a bufferSize of at least what the pipeline needs together.',
      { type: 'RxjsRedisStreamsWarning', code: 'RXJS_REDIS_STREAMS_STALLED' },
    );
  }
}
