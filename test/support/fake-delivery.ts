import { Observable, Subject } from 'rxjs';
import type { Delivery, Fields } from '../../src/entry.js';
import { AckError, StreamsError } from '../../src/errors.js';
import type { Notice } from '../../src/notices.js';
import { SETTLEMENT, type Outcome, type Session, type Settlement } from '../../src/settlement.js';

export interface FakeOptions {
  readonly bufferSize?: number;
  /** There is a dead-letter stream. */
  readonly deadLetter?: boolean;
  /** Nacked entries come again. */
  readonly redelivers?: boolean;
  /** The clock of `log`; a `TestScheduler` counts frames. */
  readonly now?: () => number;
}

export interface Settled {
  readonly id: string;
  readonly as: Outcome;
  readonly reason?: unknown;
  readonly at: number;
}

/** A session that sends nothing: it writes down what was settled, and confirms or refuses when told to. */
export class FakeSession implements Session {
  readonly bufferSize: number;
  readonly deadLetter: boolean;
  readonly redelivers: boolean;
  readonly now: () => number;
  torn = false;
  /** Every effective settling, in order. */
  readonly log: Settled[] = [];
  /** Ids in the order they were taken. */
  readonly taken: string[] = [];
  readonly told: Notice[] = [];
  readonly refusals = new Subject<AckError>();
  readonly refused = this.refusals.asObservable();
  /** Entries that nobody will deliver again. */
  readonly forgotten = new Subject<{ stream: string; id: string }>();
  readonly #confirmations = new Subject<never>();
  #held = false;
  #made = 0;

  constructor({ bufferSize = 100, deadLetter = false, redelivers = false, now = () => 0 }: FakeOptions = {}) {
    this.bufferSize = bufferSize;
    this.deadLetter = deadLetter;
    this.redelivers = redelivers;
    this.now = now;
  }

  readonly confirmed = new Observable<never>((subscriber) => {
    if (!this.#held) return subscriber.complete();
    return this.#confirmations.subscribe(subscriber);
  });

  /** From now on nothing is confirmed before `confirm()`. */
  holdBack(): void {
    this.#held = true;
  }

  confirm(): void {
    this.#held = false;
    this.#confirmations.complete();
  }

  refuse(code: 'ACK_REFUSED' | 'DRAIN_TIMEOUT' = 'ACK_REFUSED'): AckError {
    const error = new AckError(code, 'refused', { unconfirmed: [] });
    this.refusals.next(error);
    return error;
  }

  tell(notice: Notice): void {
    this.told.push(notice);
  }

  /** The settlings as text: `acked 1`. */
  get settled(): string[] {
    return this.log.map(({ id, as }) => `${as} ${id}`);
  }

  /** Every entry of this session that was never settled. */
  readonly open = new Set<string>();

  delivery(id: string = String(++this.#made), fields: Fields = {}): FakeDelivery {
    return new FakeDelivery(new FakeSettlement(this, id), fields);
  }

  deliveries(count: number): FakeDelivery[] {
    return Array.from({ length: count }, () => this.delivery());
  }

  /** Like a source of ours: a subscription that is cut off from below marks the session as torn. */
  source<T>(emissions: Observable<T>): Observable<T> {
    return new Observable((subscriber) => {
      let ended = false;
      subscriber.add(() => (this.torn ||= !ended));
      subscriber.add(
        emissions.subscribe({
          next: (value) => subscriber.next(value),
          error: (error: unknown) => {
            ended = true;
            subscriber.error(error);
          },
          complete: () => {
            ended = true;
            subscriber.complete();
          },
        }),
      );
    });
  }
}

class FakeSettlement implements Settlement {
  readonly stream = 'fake';
  settled = false;
  waits = false;
  taken = 0;

  constructor(
    readonly session: FakeSession,
    readonly id: string,
  ) {
    session.open.add(id);
  }

  take(): void {
    if (this.taken++ === 0) this.session.taken.push(this.id);
  }

  settle(as: Outcome, reason?: unknown): void {
    if (this.settled) return;
    const { session, id } = this;
    if (as === 'rejected' && !session.deadLetter) throw new StreamsError('NO_DEAD_LETTER', 'no dead-letter stream');
    this.settled = true;
    this.waits = as === 'nacked' && session.redelivers;
    session.open.delete(id);
    session.log.push({ id, as, at: session.now(), ...(reason === undefined ? {} : { reason }) });
  }
}

export class FakeDelivery<T = Fields> implements Delivery<T> {
  readonly stream = 'fake';
  readonly id: string;
  readonly pairs = [];
  readonly origin = 'fresh';
  readonly attempt = 1;
  readonly value: T;
  readonly fields: Fields;
  readonly [SETTLEMENT]: FakeSettlement;

  constructor(settlement: FakeSettlement, fields: Fields, value: T = fields as T) {
    this.id = settlement.id;
    this.fields = fields;
    this.value = value;
    this[SETTLEMENT] = settlement;
  }

  // getters that bind: they work destructured, and 100,000 entries cost nothing
  get signal(): AbortSignal {
    return new AbortController().signal;
  }

  get ack(): () => Promise<void> {
    return async () => this[SETTLEMENT].settle('acked');
  }

  get nack(): () => void {
    return () => this[SETTLEMENT].settle('nacked');
  }

  get reject(): (reason?: unknown) => Promise<void> {
    return async (reason) => this[SETTLEMENT].settle('rejected', reason);
  }

  get mapValue(): <R>(project: (value: T) => R) => FakeDelivery<R> {
    return (project) => new FakeDelivery(this[SETTLEMENT], this.fields, project(this.value));
  }
}

/** What an Observable did, as text: values, then `complete`, or `error: …`. */
export function watch(observable: Observable<unknown>): { seen: string[]; unsubscribe(): void } {
  const seen: string[] = [];
  const subscription = observable.subscribe({
    next: (value) => seen.push(value instanceof FakeDelivery ? value.id : String(value)),
    error: (error: unknown) => seen.push(`error: ${error instanceof Error ? error.message : String(error)}`),
    complete: () => seen.push('complete'),
  });
  return { seen, unsubscribe: () => subscription.unsubscribe() };
}
