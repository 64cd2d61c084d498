import type { Forward, Forwarded, Port } from '../wire/port.js';
import type { Attempts } from './attempts.js';
import { CANCELLED, DONE, type OperationEnd } from '../channels.js';
import type { Book, Ledger } from './book.js';
import type { FlushEnv } from './flush-env.js';
import { leaseLost } from './lease-lost.js';
import { landPost, restorePost, takePost, type PostBatch } from './post.js';
import { watched } from './watched.js';

/** What the flush does with every batch, whatever is in it. */
export interface ForwardsEnv extends Pick<FlushEnv, 'group' | 'consumer' | 'tell'> {
  readonly port: Pick<Port, 'forward'>;
  readonly attempts: Pick<Attempts, 'track'>;
  readonly again: (cause: unknown) => boolean;
  readonly landed: (book: Book, batch: PostBatch<Forward>, tell: () => void) => void;
  readonly refused: (book: Book, batch: PostBatch<Forward>, cause: unknown) => void;
}

/** Sends what comes of entries together with their acks: one script in the air per stream. */
export class Forwards {
  constructor(
    readonly ledger: Ledger,
    readonly env: ForwardsEnv,
  ) {}

  send(book: Book): void {
    const { port, attempts, group, consumer, again, landed, refused } = this.env;
    const batch = takePost(book.forwards);
    if (batch === undefined) return;
    const sent = port.forward({ stream: book.stream, group, consumer, entries: batch.items });
    attempts.track(watched(sent, 'forward', book, batch, this.env), {
      landed: (reply) => {
        const lost = notOurs(book, batch, reply);
        end(batch, (id) => endOf(id, { ...reply, lost, stream: book.stream }));
        this.#land(book, { except: lost });
        landed(book, batch, () => this.#tell(book, batch, { ...reply, lost }));
      },
      failed: (cause) => {
        if (again(cause)) return restorePost(book.forwards);
        this.#land(book);
        end(batch, () => ({ how: 'failed', error: cause }));
        refused(book, batch, cause);
      },
    });
  }

  /** What is not confirmed, and will not be. */
  giveUp(book: Book): PostBatch<Forward> | undefined {
    restorePost(book.forwards);
    takePost(book.forwards);
    const batch = this.#land(book);
    end(batch, () => CANCELLED);
    return batch;
  }

  #land(book: Book, { except = [] }: { except?: readonly string[] } = {}): PostBatch<Forward> | undefined {
    const batch = landPost(book.forwards);
    this.ledger.unconfirmed -= batch?.ids.length ?? 0;
    // An older XPENDING may still show them, as it may acks. What was not ours in a group that is just being made again may yet be.
    for (const id of batch?.ids ?? []) if (!except.includes(id)) book.confirmed?.add(id);
    return batch;
  }

  #tell({ stream }: Book, { items }: PostBatch<Forward>, { done, added, lost }: Forwarded & { lost: readonly string[] }): void {
    const { tell } = this.env;
    const where = new Map(items.map(({ id, to }) => [id, to]));
    if (done.length > 0) tell({ type: 'forwarded', stream, ids: done, to: done.map((id) => where.get(id) ?? ''), added });
    if (lost.length > 0) tell({ type: 'lease-lost', stream, ids: lost });
  }
}

/** Those that were somebody else's at the first try. After a try whose reply was lost, nobody knows: that may have done it. */
function notOurs({ forwards }: Book, { ids }: PostBatch<Forward>, { done }: Forwarded): string[] {
  if (done.length === ids.length) return [];
  const ours = new Set(done);
  return ids.filter((id) => !ours.has(id) && !forwards.doubtful.has(id));
}

/** For whoever watches what is added. */
function end(batch: PostBatch<Forward> | undefined, how: (id: string) => OperationEnd): void {
  for (const item of batch?.items ?? []) item.ended?.(how(item.id));
}

/** An earlier try, whose reply was lost, may have done what was neither done now nor lost. */
function endOf(id: string, { done, added, lost, stream }: Forwarded & { lost: readonly string[]; stream: string }): OperationEnd {
  const at = done.indexOf(id);
  if (at >= 0) return { how: 'done', id: added[at] ?? '' };
  return lost.includes(id) ? { how: 'failed', error: leaseLost(stream, id) } : DONE;
}
