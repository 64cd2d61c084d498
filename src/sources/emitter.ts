import type { AckSession } from '../acks/session.js';
import type { Hold } from '../acks/hold.js';
import { receives } from '../channels.js';
import type { FieldValue, Origin } from '../entry.js';
import type { DecodeError } from '../errors.js';
import { Fifo } from '../fifo.js';
import type { Decode, Plan } from '../plan.js';
import { SETTLEMENT } from '../settlement.js';
import type { Batch } from '../streams/events.js';
import { StreamEntry } from './delivery.js';
import { settleInvalid } from './settle-invalid.js';
import { tellReceived } from '../tell-received.js';
import { tryDecode, type Failed } from './try-decode.js';

type Emitted = StreamEntry<unknown, FieldValue>;

/**
 * - `idle`: nothing waits.
 * - `decoding`: an entry is with `decode`. One object for each, so that an answer is known which comes when nobody waits for it any more.
 * - `handing`: inside the `next` of an entry.
 * - `stopping`: stopped inside it; `stopped` when it returns.
 * - `stopped`: nothing is handed on any more.
 */
type Phase = { readonly at: 'idle' | 'handing' | 'stopping' | 'stopped' } | { readonly at: 'decoding'; readonly hold: Hold };

const IDLE: Phase = { at: 'idle' };
const HANDING: Phase = { at: 'handing' };
const STOPPING: Phase = { at: 'stopping' };
const STOPPED: Phase = { at: 'stopped' };

/** Entries that are worth a command of their own. */
const WORTH = 1_000;

/**
 * So many held entries keep the pipeline busy while the next read is on its way: as many as leave room for one that is worth a command; a
 * sixteenth of the window at least, of a small one a single entry, if that is no more than a quarter.
 */
function fewOf({ bufferSize, refillAt }: Pick<Plan, 'bufferSize' | 'refillAt'>): number {
  return Math.min(refillAt, Math.max(bufferSize - WORTH, Math.floor((bufferSize + 12) / 16)));
}

/** Hands entries on in order, one by one. Only an asynchronous `decode` makes them wait, and then all that came behind. */
export class Emitter {
  #phase = IDLE;
  /** Behind the one that is decoded or handed on. It drops what it gives: with a slow `decode` it may never be empty. */
  readonly #waiting = new Fifo<Emitted>();
  #ended: (() => void) | undefined;
  /** While a reply is handed on, until there is room. */
  #looksForRoom = false;
  /** Entries of the reply in batches that were not pushed yet. */
  #behind = 0;
  /** Somebody listened when the last reply came. */
  #tells = false;
  /** With so many held the next read may leave. */
  readonly #fewLeft: number;

  constructor(
    readonly plan: Plan,
    readonly session: AckSession,
    readonly on: {
      entry: (entry: Emitted) => void;
      /** The next read may leave while these are worked on: there is more behind them, and room. `coming`: they have no places in the window yet. */
      roomy: (coming: number) => void;
      undecodable: (error: Error) => void;
      caughtUp: () => void;
    },
  ) {
    this.#fewLeft = fewOf(plan);
  }

  /** Entries that are not handed on yet, the one that is just now included. */
  get queued(): number {
    return this.#waiting.size + (this.#isResting ? 0 : 1);
  }

  /** An entry is being handed on at this moment. */
  get isInNext(): boolean {
    return this.#at === 'handing' || this.#at === 'stopping';
  }

  push({ stream, entries }: Batch, origin: Origin, { behind }: { readonly behind?: number } = {}): void {
    this.#tells = receives.hasSubscribers && this.plan.demand === 'window';
    this.#behind = behind ?? 0;
    this.#looksForRoom = behind !== undefined && !this.#isOver;
    this.#lookForRoom(entries.length);
    // All of them have their place in the window before the first is handed on: an unsubscription can then give back the rest.
    const book = this.session.bookFor(stream);
    for (const arrival of entries) {
      this.#waiting.push(new StreamEntry<unknown, FieldValue>(this.session.open(book, arrival), arrival.pairs ?? [], origin));
    }
    if (this.#isOver) this.#giveBack();
    else this.#proceed();
    this.#looksForRoom = false;
  }

  /** So many of this batch, and those behind it, have no places yet. */
  #lookForRoom(ofThis: number): void {
    const coming = ofThis + this.#behind;
    if (!this.#looksForRoom || this.session.ledger.held + coming > this.#fewLeft) return;
    this.#looksForRoom = false;
    this.on.roomy(coming);
  }

  /** Calls back once everything pushed so far is handed on, or nothing will be any more; never inside a `next`. */
  end(then: () => void): void {
    this.#ended = then;
    this.#finish();
  }

  /** Hands nothing on any more; what was not goes back. */
  stop(): void {
    const before = this.#phase;
    this.#phase = this.isInNext ? STOPPING : STOPPED;
    if (before.at === 'decoding') before.hold.settle('released');
    this.#giveBack();
    this.#finish();
  }

  #giveBack(): void {
    for (let entry = this.#waiting.shift(); entry !== undefined; entry = this.#waiting.shift()) {
      entry[SETTLEMENT].settle('released');
    }
  }

  #proceed(): void {
    const { decode } = this.plan;
    while (this.#at === 'idle') {
      const entry = this.#waiting.shift();
      if (entry === undefined) return this.#finish();
      if (decode === undefined) this.#hand(entry);
      else this.#decode(entry, decode);
    }
  }

  /** Handed on, or dropped, before it returns; or later, by a promise. */
  #decode(entry: Emitted, decode: Decode<unknown, FieldValue>): void {
    const phase: Phase = { at: 'decoding', hold: entry[SETTLEMENT] };
    this.#phase = phase;
    const failed = tryDecode(entry, decode);
    if (failed instanceof Promise) void failed.then((late) => this.#late(entry, phase, late));
    else if (this.#phase === phase) this.#decoded(entry, failed);
  }

  #late(entry: Emitted, phase: Phase, failed: Failed): void {
    // Given back already.
    if (this.#phase !== phase) return;
    this.#decoded(entry, failed);
    this.#proceed();
    this.on.caughtUp();
  }

  #decoded(entry: Emitted, failed: Failed): void {
    if (failed === undefined) return this.#hand(entry);
    this.#drop(entry[SETTLEMENT], failed);
    if (this.#at === 'decoding') this.#phase = IDLE;
  }

  #hand(entry: Emitted): void {
    this.#phase = HANDING;
    if (this.#tells) tellReceived(entry);
    this.on.entry(entry);
    this.#phase = this.#at === 'handing' ? IDLE : STOPPED;
    this.session.passed(entry[SETTLEMENT]);
    if (this.#at === 'stopped') this.#finish();
    else if (this.#waiting.size > 0) this.#lookForRoom(0); // behind the last one the window is counted anyway
  }

  #drop(hold: Hold, error: DecodeError): void {
    const fatal = settleInvalid(this.plan.onInvalid, { hold, error, tell: this.session.tell });
    if (fatal === undefined) return;
    // First: where only this was waited for, the end comes with the stop.
    this.on.undecodable(fatal as Error);
    this.stop();
  }

  /** The only one to call back. */
  #finish(): void {
    const ended = this.#ended;
    if (ended === undefined || !this.#isResting) return;
    this.#ended = undefined;
    ended();
  }

  get #at(): Phase['at'] {
    return this.#phase.at;
  }

  /** Nothing is handed on any more. */
  get #isOver(): boolean {
    return this.#at === 'stopping' || this.#at === 'stopped';
  }

  /** Neither in a `next` nor before one. */
  get #isResting(): boolean {
    return this.#at === 'idle' || this.#at === 'stopped';
  }
}
