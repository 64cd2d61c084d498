import type { SchedulerLike } from 'rxjs';
import { Attempts } from '../acks/attempts.js';
import { CANCELLED, type OperationEnd } from '../channels.js';
import { Fifo } from '../fifo.js';
import type { Notice } from '../notices.js';
import type { Addition } from '../settlement.js';
import type { Adder } from '../wire/adder.js';
import { classify, firstWord, toStreamsError } from '../wire/failures.js';
import { REMEMBERED, type Identity } from '../wire/producers.js';

/**
 * - `air`: sent, and not answered yet.
 * - `failed`: may have been added or not; is sent again.
 * - `added`: waits for those before it, so that ids come in the order of values.
 * - `over`: nobody waits for it.
 */
type State =
  { readonly at: 'air' } | { readonly at: 'failed' } | { readonly at: 'added'; readonly id: string } | { readonly at: 'over' };

const AIR: State = { at: 'air' };
const FAILED: State = { at: 'failed' };
const OVER: State = { at: 'over' };

/** One new entry, and what it is made of. */
interface Sending<Of> {
  readonly of: Of;
  readonly what: Addition;
  as: Identity | undefined;
  state: State;
}

export interface PublisherEnv<Of> {
  readonly adder: Adder;
  readonly concurrency: number;
  /** Clock of the backoff. */
  readonly scheduler: SchedulerLike;
  readonly dice: () => number;
  readonly tell: (notice: Notice) => void;
  /** In the order in which they were given. */
  readonly added: (of: Of, id: string) => void;
  /** Redis refuses for good, and what waited to be sent again with it is not. */
  readonly refused: (error: Error, all: readonly Of[]) => void;
  /** There may be room. */
  readonly roomy: () => void;
}

/**
 * Adds entries, at most `concurrency` at once, and sends again what fails, in order, after a backoff (50 ms to 5 s). Where the server
 * knows repeats again each is added once; elsewhere what was added and whose reply was lost is added once more.
 */
export class Publisher<Of> {
  readonly #env: PublisherEnv<Of>;
  readonly #attempts: Attempts;
  /** In the order of arrival, from the oldest whose id was not handed on. */
  readonly #line = new Fifo<Sending<Of>>();
  /** One for each hundred on their way: so many the server remembers of each. */
  readonly #names: string[] = [];
  #sent = 0;
  /** Those in the line that are to be sent again. */
  #failures = 0;
  /** Nothing is sent again. */
  #stopped = false;
  #handingOn = false;

  constructor(env: PublisherEnv<Of>) {
    this.#env = env;
    this.#attempts = new Attempts({ ...env, port: env.adder, retry: () => this.#retry() });
  }

  get isIdle(): boolean {
    return this.#line.size === 0;
  }

  /** The first one finds out whether the server knows repeats again: the others wait for its answer. */
  get hasRoom(): boolean {
    if (this.#stopped || this.#attempts.failing) return false;
    const { adder, concurrency } = this.#env;
    return this.#line.size < (adder.producers.idempotent === 'not-known-yet' ? 1 : concurrency);
  }

  add(of: Of, what: Addition): void {
    const sending: Sending<Of> = { of, what, as: this.#identity(), state: AIR };
    this.#line.push(sending);
    this.#send(sending);
  }

  /** What is on its way is waited for, and nothing is sent again. Gives what waited for that. */
  stop(): Of[] {
    this.#stopped = true;
    const dropped = this.#drop(CANCELLED, 'failed');
    this.#handOn();
    return dropped;
  }

  /** Nobody waits for anything any more. Gives what was not added, as far as we know. */
  close(): Of[] {
    this.#stopped = true;
    this.#attempts.giveUp();
    this.#env.adder.producers.giveBack(this.#names.splice(0));
    const dropped = this.#drop(CANCELLED, 'air', 'failed');
    this.#handOn();
    return dropped;
  }

  #drop(how: OperationEnd, ...states: State['at'][]): Of[] {
    const dropped = this.#line.all().filter(({ state }) => states.includes(state.at));
    for (const sending of dropped) {
      sending.state = OVER;
      sending.what.ended?.(how);
    }
    this.#failures = 0;
    return dropped.map(({ of }) => of);
  }

  #identity(): Identity | undefined {
    const { producers } = this.#env.adder;
    if (producers.idempotent === 'no') return undefined;
    const lane = this.#sent++ % Math.ceil(this.#env.concurrency / REMEMBERED);
    const producer = (this.#names[lane] ??= producers.take());
    return { producer, id: producers.nextId() };
  }

  #send(sending: Sending<Of>): void {
    sending.state = AIR;
    this.#attempts.track(this.#env.adder.add(sending.what, sending.as), {
      landed: (id) => this.#landed(sending, id),
      failed: (cause) => this.#failed(sending, cause),
    });
  }

  #landed(sending: Sending<Of>, id: string): void {
    if (sending.state.at === 'over') return;
    if (sending.as !== undefined) this.#env.adder.producers.idempotent = 'yes';
    sending.state = { at: 'added', id };
    sending.what.ended?.({ how: 'done', id });
    if (this.#failures === 0) this.#attempts.calm();
    this.#handOn();
    this.#env.roomy();
  }

  #failed(sending: Sending<Of>, cause: unknown): void {
    if (sending.state.at === 'over') return;
    // A server that does not know IDMP takes it for the id. Where ERR means something else it comes again without.
    if (sending.as !== undefined && firstWord(cause) === 'ERR' && !this.#stopped) {
      this.#env.adder.producers.idempotent = 'no';
      sending.as = undefined;
      this.#send(sending);
      return this.#env.roomy();
    }
    sending.state = FAILED;
    this.#failures += 1;
    if (!this.#stopped && this.#attempts.again('publish', cause)) return;
    this.#stopped = true;
    const error = this.#refusal(sending.what.to, cause);
    this.#env.refused(error, this.#drop({ how: 'failed', error }, 'failed'));
    this.#handOn();
    this.#env.roomy();
  }

  #refusal(stream: string, cause: unknown): Error {
    const { ended } = this.#env.adder;
    const failure = classify(cause);
    return toStreamsError({ ...failure, kind: ended ? 'lost' : failure.kind }, { doing: 'add an entry', stream, ended });
  }

  #retry(): void {
    for (const sending of this.#line.all()) {
      if (sending.state.at !== 'failed') continue;
      this.#failures -= 1;
      this.#send(sending);
      if (this.#attempts.failing) return;
    }
    this.#env.roomy();
  }

  /** Ids in the order of values. Whoever gets one may call back: one loop hands all of them on. */
  #handOn(): void {
    if (this.#handingOn) return;
    this.#handingOn = true;
    for (let first = this.#line.first; first !== undefined; first = this.#line.first) {
      const { state, of } = first;
      if (state.at === 'air' || state.at === 'failed') break;
      this.#line.shift();
      if (state.at === 'added') this.#env.added(of, state.id);
    }
    this.#handingOn = false;
  }
}
