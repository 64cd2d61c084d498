import { receives } from '../channels.js';
import type { FieldValue } from '../entry.js';
import type { DecodeError } from '../errors.js';
import type { Plan } from '../plan.js';
import { SETTLEMENT } from '../settlement.js';
import { decodeInto } from '../sources/decoding.js';
import type { StreamEntry } from '../sources/delivery.js';
import { settleInvalid } from '../sources/settle-invalid.js';
import { tellReceived } from '../tell-received.js';
import { waiting } from './waiting.js';

export type Pulled = StreamEntry<unknown, FieldValue>;

/** What an entry is handed to a call with. */
export interface Handing {
  readonly plan: Pick<Plan, 'decode' | 'onInvalid'>;
  /** Called in the moment the entry is handed out, or its error, or it is dropped. */
  readonly handed: () => void;
  /** It was dropped, later than it came: the call waits for the next one. */
  readonly dropped: () => void;
}

/**
 * One call: it waits for an entry, then for its `decode`. Entries are decoded when they are asked for and not when they come, so
 * that one that cannot be decoded fails its own call alone.
 */
export class Request {
  readonly #answer = waiting<Pulled | undefined>();
  #phase: { readonly tag: 'waiting' | 'answered' } | { readonly tag: 'decoding'; readonly entry: Pulled } = { tag: 'waiting' };

  get answer(): Promise<Pulled | undefined> {
    return this.#answer.promise;
  }

  /** No entry yet. */
  get waits(): boolean {
    return this.#phase.tag === 'waiting';
  }

  get answered(): boolean {
    return this.#phase.tag === 'answered';
  }

  /** An entry for it. Where that cannot be decoded and is dropped, it waits again. */
  hand(entry: Pulled, handing: Handing): void {
    const { decode } = handing.plan;
    this.#phase = { tag: 'decoding', entry };
    try {
      const later = decode && decodeInto(entry, decode);
      if (later === undefined) this.#decoded(entry, handing);
      else
        void later.then(
          () => this.#decoded(entry, handing),
          (error: unknown) => this.#late(entry, error, handing),
        );
    } catch (error) {
      this.#invalid(entry, error, handing);
    }
  }

  found(entry: Pulled | undefined): void {
    this.#phase = { tag: 'answered' };
    this.#answer.resolve(entry);
  }

  failed(error: unknown): void {
    this.#phase = { tag: 'answered' };
    this.#answer.reject(error);
  }

  /** What is decoded just now is not handed out. */
  giveBack(): void {
    if (this.#phase.tag === 'decoding') this.#phase.entry[SETTLEMENT].settle('released');
  }

  #decoded(entry: Pulled, { handed }: Handing): void {
    if (this.answered) return;
    handed();
    if (receives.hasSubscribers) tellReceived(entry);
    this.found(entry);
  }

  #late(entry: Pulled, error: unknown, handing: Handing): void {
    this.#invalid(entry, error, handing);
    handing.dropped();
  }

  /** Whoever is told of it may close the consumer, which answers this call. */
  #invalid(entry: Pulled, error: unknown, { plan, handed }: Handing): void {
    if (this.answered) return;
    this.#phase = { tag: 'waiting' };
    handed();
    const hold = entry[SETTLEMENT];
    const fatal = settleInvalid(plan.onInvalid, {
      hold,
      error: error as DecodeError,
      tell: (notice) => hold.session.tell(notice),
    });
    if (fatal !== undefined) this.failed(fatal);
  }
}
