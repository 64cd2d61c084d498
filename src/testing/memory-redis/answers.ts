/** Who hears of a command's outcome. */
export interface Listener {
  resolve(value: unknown): void;
  reject(error: unknown): void;
}

export type Outcome = { readonly value: unknown } | { readonly error: unknown };

/** How many answers come in one turn of the event loop: a loop that asks again and again must let timers run some time. */
const PER_TURN = 1000;

/** The real one, also where a test fakes timers later. */
const { setImmediate } = globalThis;

interface Waiting {
  readonly listener: Listener;
  readonly outcome: Outcome | Promise<Outcome>;
}

/**
 * Replies of a connection come in the order of its commands, and as a rule before anything else can happen. Those of ioredis-mock are
 * promises: what is answered after one waits for it.
 */
export class Answers {
  readonly #turns: boolean;
  #queue: Waiting[] = [];
  /** The place in the queue of what is told next. */
  #next = 0;
  #isHeld = false;
  #told = 0;

  /** `turns: false` where time is virtual: there everything has happened once the microtasks are done. */
  constructor({ turns }: { turns: boolean }) {
    this.#turns = turns;
  }

  tell(listener: Listener, outcome: Outcome): void {
    const promise = 'value' in outcome && outcome.value instanceof Promise ? outcomeOf(outcome.value) : undefined;
    const isDue = this.#turns && ++this.#told % PER_TURN === 0;
    if (!promise && !isDue && !this.#isHeld) return tellNow(listener, outcome);
    this.#queue.push({ listener, outcome: promise ?? outcome });
    if (this.#isHeld) return;
    if (isDue) this.#holdFor((done) => void setImmediate(done));
    else this.#release();
  }

  #release(): void {
    while (this.#next < this.#queue.length) {
      const { listener, outcome } = this.#queue[this.#next++] as Waiting;
      if (outcome instanceof Promise) {
        return this.#holdFor((done) => {
          void outcome.then((settled) => {
            tellNow(listener, settled);
            done();
          });
        });
      }
      tellNow(listener, outcome);
    }
    this.#queue = [];
    this.#next = 0;
  }

  #holdFor(wait: (done: () => void) => void): void {
    this.#isHeld = true;
    wait(() => {
      this.#isHeld = false;
      this.#release();
    });
  }
}

function tellNow(listener: Listener, outcome: Outcome): void {
  if ('value' in outcome) listener.resolve(outcome.value);
  else listener.reject(outcome.error);
}

function outcomeOf(promise: Promise<unknown>): Promise<Outcome> {
  return promise.then(
    (value) => ({ value }),
    (error: unknown) => ({ error }),
  );
}
