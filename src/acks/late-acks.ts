import type { AckError } from '../errors.js';
import type { Notice } from '../notices.js';
import type { Addition } from '../settlement.js';
import type { Port } from '../wire/port.js';
import { finish } from './batch.js';
import type { AckBatch, Ledger } from './book.js';
import { watched } from './watched.js';
import type { Hold } from './hold.js';
import { leaseLost } from './lease-lost.js';

export interface LateAcksEnv {
  readonly port: Port;
  readonly group: string;
  readonly consumer: string;
  readonly tell: (notice: Notice) => void;
  readonly changed: () => void;
}

/**
 * Acks of entries whose lease was lost: a plain XACK would take them away from their new owner, so a script looks first. Each is sent
 * once: whether it is refused or gets lost, the entry is in other hands.
 */
export class LateAcks {
  /** By id: those on their way. */
  readonly #air = new Map<string, AckBatch>();

  constructor(
    readonly ledger: Ledger,
    readonly env: LateAcksEnv,
  ) {}

  get batches(): Iterable<AckBatch> {
    return this.#air.values();
  }

  batchOf(id: string): AckBatch | undefined {
    return this.#air.get(id);
  }

  /** Not even sent: what travels with the ack must not arrive without it. */
  refuse(hold: Hold, what: Addition): void {
    const error = leaseLost(hold.stream, hold.id);
    what.ended?.({ how: 'failed', error });
    this.env.tell({ type: 'ack-refused', error });
    hold.refused(error);
  }

  send(hold: Hold): void {
    const { stream, id } = hold;
    const { port, group, consumer, tell } = this.env;
    const batch: AckBatch = { ids: [id], listeners: [] };
    this.#air.set(id, batch);
    this.ledger.unconfirmed += 1;
    const landed = (error?: AckError): void => {
      this.#air.delete(id);
      this.ledger.unconfirmed -= 1;
      if (error === undefined) tell({ type: 'acked', stream, ids: [id] });
      else {
        tell({ type: 'ack-refused', error });
        hold.refused(error);
      }
      finish(batch, error);
      this.env.changed();
    };
    watched(port.ackOwned({ stream, group, consumer, ids: [id] }), 'ack', hold, batch, this.env).subscribe({
      next: (ids) => landed(ids.length > 0 ? undefined : leaseLost(stream, id)),
      error: (cause: unknown) => landed(leaseLost(stream, id, cause)),
    });
  }
}
