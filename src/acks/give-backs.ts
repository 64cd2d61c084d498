import type { Port } from '../wire/port.js';
import type { Attempts } from './attempts.js';
import type { Book, Ledger } from './book.js';
import type { FlushEnv } from './flush-env.js';
import { landBack, restoreBack, takeBack } from './ledger.js';

/** Scripts hold the server while they run: that many entries per call. */
const PAGE = 1_000;

/** What the flush does, whatever is sent. */
export interface GiveBacksEnv extends Pick<FlushEnv, 'group' | 'consumer' | 'tell'> {
  readonly port: Pick<Port, 'giveBack' | 'ended'>;
  readonly attempts: Pick<Attempts, 'track'>;
  readonly again: (cause: unknown) => boolean;
  readonly landed: (book: Book, tell: () => void) => void;
  /** For good. Nobody waits for it, and who reads next fetches the entries as they are. */
  readonly failed: (book: Book) => void;
}

/** Sends entries back to where they were: one script in the air per stream. */
export class GiveBacks {
  constructor(
    readonly ledger: Ledger,
    readonly env: GiveBacksEnv,
  ) {}

  send(book: Book): void {
    const { port, attempts, group, consumer, tell, again, landed, failed } = this.env;
    const entries = takeBack(book, PAGE);
    if (entries.length === 0) return;
    const { stream } = book;
    attempts.track(port.giveBack({ stream, group, consumer, entries }), {
      landed: (ids) => {
        landBack(this.ledger, book);
        landed(book, () => {
          if (ids.length > 0) tell({ type: 'given-back', stream, ids });
        });
      },
      failed: (cause) => {
        if (again(cause)) return restoreBack(book);
        const error = cause instanceof Error ? cause : new Error(String(cause));
        tell({ type: 'not-given-back', stream, ids: entries.map(({ id }) => id), error });
        landBack(this.ledger, book);
        failed(book);
      },
    });
  }

  /** What is not back, and will not be. */
  giveUp(book: Book): void {
    restoreBack(book);
    if (book.back.length === 0) return;
    const error = new Error(this.env.port.ended ? 'The Redis client was closed' : 'Closing took longer than drainTimeout');
    this.env.tell({ type: 'not-given-back', stream: book.stream, ids: book.back.map(({ id }) => id), error });
    this.ledger.unconfirmed -= book.back.length;
    book.back = [];
  }
}
