import { asyncScheduler } from 'rxjs';
import type { Delivery, Notice } from '../index.js';
import { logger } from './logger.js';

/** How a handler gets on, as it is seen from here: what was read and settled last, and what is being worked on. */
export class Progress {
  /** The consumer's name, once it is known. */
  consumer: string | undefined;
  /** When an entry came last, or a connection for reading was opened. */
  lastRead: number | undefined;
  /** When Redis last confirmed an ack, or an entry was put on the dead-letter stream. */
  lastSettled: number | undefined;
  /** Why reading is broken off at present. */
  trouble: Error | undefined;
  /** When each entry was begun. */
  readonly #inFlight = new Map<Delivery<unknown>, number>();

  constructor(
    /** Whose it is, for the log. */
    private readonly name: string,
    private readonly now: () => number = () => asyncScheduler.now(),
  ) {}

  told(notice: Notice): void {
    switch (notice.type) {
      case 'joined':
        this.consumer = notice.consumer;
        return;
      case 'connected':
        this.#reads();
        return;
      case 'acked':
      case 'dead-lettered':
        this.lastSettled = this.now();
        return;
      case 'retrying':
        if (notice.what === 'connect' || notice.what === 'join' || notice.what === 'read') this.#cannotRead(notice.error);
        return;
      default:
    }
  }

  failed(error: Error): void {
    this.trouble = error;
  }

  begun(delivery: Delivery<unknown>): void {
    this.#inFlight.set(delivery, this.#reads());
  }

  ended(delivery: Delivery<unknown>): void {
    this.#inFlight.delete(delivery);
  }

  /** How many entries are worked on, and the one begun first. */
  get inFlight(): { count: number; oldest: { stream: string; id: string; since: number } | undefined } {
    const [first] = this.#inFlight; // a Map keeps the order
    const oldest = first === undefined ? undefined : { stream: first[0].stream, id: first[0].id, since: first[1] };
    return { count: this.#inFlight.size, oldest };
  }

  #reads(): number {
    if (this.trouble !== undefined) logger.log(`${this.name} reads again`);
    this.trouble = undefined;
    return (this.lastRead = this.now());
  }

  /** Told once, however often it is tried again. */
  #cannotRead(error: Error): void {
    if (this.trouble === undefined) logger.warn(`${this.name} cannot read at present, and tries again: ${error.message}`);
    this.trouble = error;
  }
}
