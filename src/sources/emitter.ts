import type { AckSession } from '../acks/session.js';
import type { Hold } from '../acks/hold.js';
import type { FieldValue, Origin } from '../entry.js';
import type { Plan } from '../plan.js';
import { SETTLEMENT } from '../settlement.js';
import type { Batch } from '../streams/events.js';
import { decodeInto } from './decoding.js';
import type { DecodeError } from '../errors.js';
import { StreamEntry } from './delivery.js';
import { settleInvalid } from './settle-invalid.js';

type Emitted = StreamEntry<unknown, FieldValue>;
type Decoded = 'decoded' | 'invalid';

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
  /** What has come of the entries since none was left. */
  #came: 'nothing' | 'invalid' | 'some' = 'nothing';
  /** An entry is being handed on at this moment. */
  isInNext = false;
  #ended: (() => void) | undefined;

  constructor(
    readonly plan: Plan,
    readonly session: AckSession,
    readonly on: {
      entry: (entry: Emitted) => void;
      undecodable: (error: Error) => void;
      caughtUp: () => void;
      /** All that came was invalid, and nothing of it was handed on. */
      allDropped: () => void;
    },
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
      const decoded = this.#decode(entry, hold);
      if (typeof decoded !== 'string') {
        // Still busy: whatever comes meanwhile queues behind.
        this.#decoding = hold;
        void decoded.then((late) => {
          this.#handing = late === 'decoded' && !this.#stopped;
          this.#decoding = undefined;
          if (this.#handing) this.#hand(entry, hold);
          this.#handing = false;
          this.#busy = false;
          this.#go();
          this.on.caughtUp();
        });
        return;
      }
      if (decoded === 'decoded') this.#hand(entry, hold);
    }
    this.#waiting = [];
    this.#at = 0;
    this.#busy = false;
    const allDropped = this.#came === 'invalid' && !this.#stopped;
    this.#came = 'nothing';
    if (allDropped) this.on.allDropped();
    if (this.#waiting.length === 0 && this.#ended !== undefined) {
      const ended = this.#ended;
      this.#ended = undefined;
      ended();
    }
  }

  #hand(entry: Emitted, hold: Hold): void {
    this.#came = 'some';
    this.isInNext = true;
    this.on.entry(entry);
    this.isInNext = false;
    this.session.passed(hold);
  }

  #decode(entry: Emitted, hold: Hold): Promise<Decoded> | Decoded {
    const { decode } = this.plan;
    if (decode === undefined) return 'decoded';
    const invalid = (error: unknown): Decoded => this.#invalid(hold, error as DecodeError);
    try {
      return decodeInto(entry, decode)?.then((): Decoded => 'decoded', invalid) ?? 'decoded';
    } catch (error) {
      return invalid(error);
    }
  }

  #invalid(hold: Hold, error: DecodeError): Decoded {
    // Given back already.
    if (this.#stopped) return 'invalid';
    if (this.#came === 'nothing') this.#came = 'invalid';
    const fatal = settleInvalid(this.plan.onInvalid, { hold, error, tell: this.session.tell });
    if (fatal !== undefined) {
      this.stop();
      this.on.undecodable(fatal as Error);
    }
    return 'invalid';
  }
}
