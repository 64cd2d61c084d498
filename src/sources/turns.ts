/**
 * One piece of work at a time: what comes while one is done is queued, never nested. So entries of one reader are not handed on inside
 * the `next` of another's, and the stack stays flat.
 */
export class Turns {
  #working = false;
  readonly #waiting: (() => void)[] = [];

  take(work: () => void): void {
    if (this.#working) this.#waiting.push(work);
    else this.hold(work);
  }

  /** What this begins waits until all of it is said. */
  hold(act: () => void): void {
    if (this.#working) return act();
    this.#working = true;
    act();
    for (let work = this.#waiting.shift(); work !== undefined; work = this.#waiting.shift()) work();
    this.#working = false;
  }
}
