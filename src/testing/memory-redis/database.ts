/** What a database tells of itself. */
interface Listener {
  /** The key holds something else now, or nothing. */
  changed(key: string): void;
  /** It holds the same, with another deadline. */
  touched(key: string): void;
}

/**
 * What one database holds, streams among the values of ioredis-mock. It takes the place of the mock's own store, which is a plain
 * object: there `constructor` is a key that was never set, and a stream would be handed out to commands of other types.
 */
export class Database {
  readonly #values = new Map<string, unknown>();
  /** When a key expires, by the clock that Date.now() shows. */
  readonly #deadlines = new Map<string, number>();
  readonly #listener: Listener;

  constructor(listener: Listener) {
    this.#listener = listener;
  }

  has(key: string): boolean {
    this.#expire(key);
    return this.#values.has(key);
  }

  get(key: string): unknown {
    this.#expire(key);
    return this.#values.get(key);
  }

  set(key: string, value: unknown): void {
    this.#values.set(key, value);
    this.#listener.changed(key);
  }

  delete(key: string): void {
    this.#deadlines.delete(key);
    if (this.#values.delete(key)) this.#listener.changed(key);
  }

  /** The deadline goes with it. The two keys differ, and `from` is there. It goes last, as in Redis: who waits for both is served from `to`. */
  rename(from: string, to: string): void {
    const [value, deadline] = [this.get(from), this.#deadlines.get(from)];
    this.delete(to);
    if (deadline !== undefined) this.#deadlines.set(to, deadline);
    this.set(to, value);
    this.delete(from);
  }

  clear(): void {
    for (const key of [...this.#values.keys()]) this.delete(key);
  }

  keys(): string[] {
    return [...this.#values.keys()].filter((key) => !this.isExpired(key));
  }

  deadline(key: string): number | undefined {
    return this.#deadlines.get(key);
  }

  isExpired(key: string): boolean {
    const deadline = this.#deadlines.get(key);
    return deadline !== undefined && deadline <= Date.now();
  }

  /** undefined: it does not expire. */
  setDeadline(key: string, deadline: number | undefined): void {
    if (deadline !== undefined) this.#deadlines.set(key, deadline);
    else if (!this.#deadlines.delete(key)) return;
    this.#listener.touched(key);
  }

  #expire(key: string): void {
    if (this.#deadlines.size > 0 && this.isExpired(key)) this.delete(key);
  }
}
