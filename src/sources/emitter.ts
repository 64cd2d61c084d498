import type { AckSession } from '../acks/session.js';
import type { Hold } from '../acks/hold.js';
import type { FieldValue, Origin } from '../entry.js';
import type { Plan } from '../plan.js';
import { SETTLEMENT } from '../settlement.js';
import type { Batch } from '../streams/events.js';
import { decodeInto } from './decoding.js';
import { StreamEntry } from './delivery.js';

type Emitted = StreamEntry<unknown, FieldValue>;

/** Hands entries on in order, one by one. Only an asynchronous `decode` makes them wait, and then all that came behind. */
export class Emitter {
  #waiting: Emitted[] = [];
  #at = 0;
  #busy = false;
  /** The entry whose asynchronous `decode` is out. */
  #decoding: Hold | undefined;
  /** Decoded later than it came, an entry is being handed on: nobody waits for its `next` but us. */
  #handing = false;
  #stopped = false;
  /** An entry is being handed on at this moment. */
  isInNext = false;
  #ended: (() => void) | undefined;

  constructor(
    readonly plan: Plan,
    readonly session: AckSession,
    readonly on: { entry: (entry: Emitted) => void; undecodable: (error: Error) => void; caughtUp: () => void },
  ) {}

  /** Entries that are not handed on yet. */
  get queued(): number {
    return this.#waiting.length - this.#at + (this.#decoding === undefined && !this.#handing ? 0 : 1);
  }

  push({ stream, entries }: Batch, origin: Origin): void {
    // All of them have their place in the window before the first is handed on: an unsubscription can then give back the rest.
    for (const arrival of entries) {
      this.#waiting.push(new StreamEntry<unknown, FieldValue>(this.session.open(stream, arrival), arrival.pairs ?? [], origin));
    }
    if (this.#stopped) this.stop();
    else this.#go();
  }

  /** Calls back once everything pushed so far is handed on. */
  end(then: () => void): void {
    this.#ended = then;
    this.#go();
  }

  /** Hands nothing on any more; what was not goes back. */
  stop(): void {
    this.#stopped = true;
    const rest = this.#waiting.slice(this.#at);
    this.#waiting = [];
    this.#at = 0;
    this.#decoding?.settle('released');
    this.#decoding = undefined;
    for (const { [SETTLEMENT]: hold } of rest) hold.settle('released');
  }

  #go(): void {
    if (this.#busy) return;
    this.#busy = true;
    while (this.#at < this.#waiting.length) {
      const entry = this.#waiting[this.#at++];
      if (entry === undefined) break;
      const hold = entry[SETTLEMENT];
      const later = this.plan.decode === undefined ? undefined : this.#decode(entry, hold);
      if (later === 'failed') break;
      if (later !== undefined) {
        // Still busy: whatever comes meanwhile queues behind.
        this.#decoding = hold;
        void later.then((decoded) => {
          this.#handing = decoded && !this.#stopped;
          this.#decoding = undefined;
          if (this.#handing) this.#hand(entry, hold);
          this.#handing = false;
          this.#busy = false;
          this.#go();
          this.on.caughtUp();
        });
        return;
      }
      this.#hand(entry, hold);
    }
    if (this.#at >= this.#waiting.length) {
      this.#waiting = [];
      this.#at = 0;
    }
    this.#busy = false;
    if (this.#waiting.length === 0 && this.#ended !== undefined) {
      const ended = this.#ended;
      this.#ended = undefined;
      ended();
    }
  }

  #hand(entry: Emitted, hold: Hold): void {
    this.isInNext = true;
    this.on.entry(entry);
    this.isInNext = false;
    this.session.passed(hold);
  }

  #decode(entry: Emitted, hold: Hold): Promise<boolean> | 'failed' | undefined {
    const failed = (error: unknown): void => {
      // Given back already.
      if (this.#stopped) return;
      hold.settle('left', error);
      this.stop();
      this.on.undecodable(error as Error);
    };
    try {
      const later = this.plan.decode && decodeInto(entry, this.plan.decode);
      return later?.then(
        () => true,
        (error: unknown) => {
          failed(error);
          return false;
        },
      );
    } catch (error) {
      failed(error);
      return 'failed';
    }
  }
}
