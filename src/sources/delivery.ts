import type { Hold } from '../acks/hold.js';
import type { Delivery, Fields, FieldValue, Origin, Pairs } from '../entry.js';
import { fieldsOf, listOf, type Flat } from '../flat.js';
import { SETTLEMENT } from '../settlement.js';

/** No value yet: neither decoded nor looked at. */
const UNKNOWN = Symbol('unknown');

/**
 * An entry as it is emitted. Fields and pairs are built when somebody looks. Methods are getters that bind, so that they work
 * destructured and cost nothing before.
 */
export class StreamEntry<T = Fields, V extends FieldValue = string> implements Delivery<T, V> {
  readonly stream: string;
  readonly id: string;
  readonly origin: Origin;
  readonly #hold: Hold;
  /** Names and values flat, as they came. */
  readonly #flat: Flat;
  #fields: Fields<V> | undefined;
  #value: T | typeof UNKNOWN = UNKNOWN;

  constructor(hold: Hold, flat: Flat, origin: Origin) {
    this.stream = hold.book.stream;
    this.id = hold.id;
    this.origin = origin;
    this.#hold = hold;
    this.#flat = flat;
  }

  get fields(): Fields<V> {
    this.#fields ??= fieldsOf(this.#flat) as Fields<V>;
    return this.#fields;
  }

  get pairs(): Pairs<V> {
    const flat = listOf(this.#flat);
    const pairs: [string, V][] = [];
    for (let i = 0; i + 1 < flat.length; i += 2) pairs.push([String(flat[i]), flat[i + 1] as V]);
    return pairs;
  }

  get value(): T {
    if (this.#value === UNKNOWN) this.#value = this.fields as unknown as T;
    return this.#value;
  }

  /** What `decode`, or the projection of `mapValue`, has made. */
  decoded(value: T): void {
    this.#value = value;
  }

  get attempt(): number {
    return this.#hold.attempt;
  }

  get signal(): AbortSignal {
    return this.#hold.signal;
  }

  get [SETTLEMENT](): Hold {
    return this.#hold;
  }

  get ack(): () => Promise<void> {
    return () => {
      this.#hold.settle('acked');
      return this.#hold.whenConfirmed();
    };
  }

  get nack(): (options?: { readonly delay?: number | undefined }) => void {
    return ({ delay } = {}) => this.#hold.settle('nacked', undefined, delay);
  }

  get reject(): (reason?: unknown) => Promise<void> {
    return (reason) => {
      const confirmed = new Promise<void>((resolve) => {
        const { settled } = this.#hold;
        this.#hold.settle('rejected', reason);
        resolve(settled ? undefined : this.#hold.whenConfirmed());
      });
      // Nobody has to await it.
      confirmed.catch(() => undefined);
      return confirmed;
    };
  }

  get mapValue(): <R>(project: (value: T) => R) => StreamEntry<R, V> {
    return <R>(project: (value: T) => R) => {
      const mapped = new StreamEntry<R, V>(this.#hold, this.#flat, this.origin);
      mapped.#fields = this.#fields;
      mapped.decoded(project(this.value));
      return mapped;
    };
  }
}
