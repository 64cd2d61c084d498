import { ReplyError, WRONGTYPE } from './errors.js';
import type { Subscription } from 'rxjs';
import type { Blocked } from './blocked.js';
import type { Clock } from './clock.js';
import type { StockContext } from './stock.js';
import { Stream } from './stream.js';

/** The mock copies what it stores shallowly at each access; the stream behind this property stays the same one. */
const STREAM = Symbol('stream');

/** The streams of one database, kept as values in the mock's own data, so that DEL, RENAME, EXPIRE, KEYS … find them there. */
export class Keyspace {
  readonly clock: Clock;
  readonly #context: StockContext;
  /** Readers that wait for a key, in the order they came. */
  readonly #blocked = new Map<string, Set<Blocked>>();
  /** Keys that changed in a way that may end a wait, until the command that did it is over. */
  readonly #ready = new Set<string>();
  /** We are telling WATCH about a change inside a stream, which ends no wait. */
  #touching = false;
  /** Until the first key that somebody waits for expires: nothing else would notice. */
  #expiry: { readonly at: number; readonly timer: Subscription } | undefined;

  constructor(context: StockContext, clock: Clock) {
    this.#context = context;
    this.clock = clock;
    context.modifiedKeyEvents.on('modified', (key: string) => {
      if (!this.#touching) this.signal(key);
    });
  }

  /** Throws WRONGTYPE when the key holds something else. */
  get(key: string): Stream | undefined {
    const value = this.#context.data.get(key);
    if (value === undefined) return undefined;
    const stream = streamIn(value);
    if (!stream) throw new ReplyError(WRONGTYPE);
    return stream;
  }

  holdsStream(key: string): boolean {
    return streamIn(this.#context.data.get(key)) !== undefined;
  }

  create(key: string): Stream {
    const stream = new Stream();
    this.#context.data.set(key, { [STREAM]: stream });
    return stream;
  }

  /** A hash, as the mock keeps it: a copy. Throws WRONGTYPE when the key holds something else. */
  hash(key: string): Record<string, string> | undefined {
    const value = this.#context.data.get(key);
    if (value === undefined) return undefined;
    if (streamIn(value) !== undefined || Object.prototype.toString.call(value) !== '[object Object]')
      throw new ReplyError(WRONGTYPE);
    return value as Record<string, string>;
  }

  setHash(key: string, hash: Record<string, string>): void {
    this.#context.data.set(key, hash);
  }

  /** For WATCH: the stream changed. */
  touch(key: string): void {
    this.#touching = true;
    this.#context.modifiedKeyEvents.emit('modified', key);
    this.#touching = false;
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
    const { data, expires } = this.#context;
    let next = Infinity;
    for (const key of this.#blocked.keys()) next = Math.min(next, Number(expires.get(key) ?? Infinity));
    if (next === (this.#expiry?.at ?? Infinity)) return;
    this.#expiry?.timer.unsubscribe();
    this.#expiry = undefined;
    if (next === Infinity) return;
    const timer = this.clock.until(next, () => {
      this.#expiry = undefined;
      const restore = this.clock.enter();
      // Looking at an expired key deletes it, and tells us.
      for (const key of this.#blocked.keys()) data.has(key);
      this.serve();
      restore?.();
    });
    this.#expiry = { at: next, timer };
  }
}

function streamIn(value: unknown): Stream | undefined {
  return typeof value === 'object' && value !== null ? (value as { [STREAM]?: Stream })[STREAM] : undefined;
}
