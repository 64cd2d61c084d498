import { ReplyError, WRONGTYPE } from './errors.js';
import type { EventEmitter } from 'node:events';
import type { Subscription } from 'rxjs';
import type { Blocked } from './blocked.js';
import type { Clock } from './clock.js';
import { Database } from './database.js';
import { Stream } from './stream.js';

/** The streams of one database, kept among the values of the mock, so that DEL, RENAME, EXPIRE, KEYS … find them there. */
export class Keyspace {
  readonly clock: Clock;
  readonly database: Database;
  /** WATCH listens to `modified`. */
  readonly #events: EventEmitter;
  /** Readers that wait for a key, in the order they came. */
  readonly #blocked = new Map<string, Set<Blocked>>();
  /** Keys that changed in a way that may end a wait, until the command that did it is over. */
  readonly #ready = new Set<string>();
  /** Until the first key that somebody waits for expires: nothing else would notice. */
  #expiry: { readonly at: number; readonly timer: Subscription } | undefined;

  constructor(events: EventEmitter, clock: Clock) {
    this.#events = events;
    this.clock = clock;
    this.database = new Database({
      changed: (key) => {
        this.signal(key);
        events.emit('modified', key);
      },
      touched: (key) => this.touch(key),
    });
  }

  /** Throws WRONGTYPE when the key holds something else. */
  get(key: string): Stream | undefined {
    const value = this.database.get(key);
    if (value === undefined || value instanceof Stream) return value;
    throw new ReplyError(WRONGTYPE);
  }

  holdsStream(key: string): boolean {
    return this.database.get(key) instanceof Stream;
  }

  create(key: string): Stream {
    const stream = new Stream();
    this.database.set(key, stream);
    return stream;
  }

  /** For WATCH: the stream changed, or its deadline did. That ends no wait. */
  touch(key: string): void {
    this.#events.emit('modified', key);
  }

  /** The key may have what somebody waits for. */
  signal(key: string): void {
    if (this.#blocked.has(key)) this.#ready.add(key);
  }

  block(blocked: Blocked): void {
    for (const key of blocked.keys) {
      const waiting = this.#blocked.get(key);
      if (waiting) waiting.add(blocked);
      else this.#blocked.set(key, new Set([blocked]));
    }
    this.#watchExpiry();
  }

  unblock(blocked: Blocked): void {
    for (const key of blocked.keys) {
      const waiting = this.#blocked.get(key);
      waiting?.delete(blocked);
      if (waiting?.size === 0) this.#blocked.delete(key);
    }
    this.#watchExpiry();
  }

  /** After each command or transaction: whoever can be served is. */
  serve(): void {
    for (const key of this.#ready) {
      this.#ready.delete(key);
      const stream = this.holdsStream(key) ? this.get(key) : undefined;
      for (const blocked of this.#blocked.get(key) ?? []) blocked.serve(key, stream);
    }
    this.#watchExpiry();
  }

  #watchExpiry(): void {
    if (this.#blocked.size === 0 && !this.#expiry) return;
    let next = Infinity;
    for (const key of this.#blocked.keys()) next = Math.min(next, this.database.deadline(key) ?? Infinity);
    if (next === (this.#expiry?.at ?? Infinity)) return;
    this.#expiry?.timer.unsubscribe();
    this.#expiry = undefined;
    if (next === Infinity) return;
    const timer = this.clock.until(next, () => {
      this.#expiry = undefined;
      const restore = this.clock.enter();
      // Looking at an expired key deletes it, and tells us.
      for (const key of this.#blocked.keys()) this.database.has(key);
      this.serve();
      restore?.();
    });
    this.#expiry = { at: next, timer };
  }
}
