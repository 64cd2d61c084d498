/** Who of several readers looks for the entry that was asked for (pull). The first one that has it answers, and the others stop. */
export class Asked<R> {
  readonly #out = new Set<R>();

  constructor(readonly stop: (reader: R) => void) {}

  /** Somebody waits for an answer. */
  get some(): boolean {
    return this.#out.size > 0;
  }

  add(reader: R): void {
    this.#out.add(reader);
  }

  answered(by: R): void {
    if (this.#out.size === 0) return;
    const others = [...this.#out].filter((each) => each !== by);
    this.#out.clear();
    for (const each of others) this.stop(each);
  }

  /** That one has found nothing, or is no more: whether it was the last. */
  empty(reader: R): boolean {
    return this.#out.delete(reader) && this.#out.size === 0;
  }
}
