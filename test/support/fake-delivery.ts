import { Observable, Subject } from 'rxjs';
import type { Fields } from '../../src/entry.js';
import { AckError, StreamsError } from '../../src/errors.js';
import type { Notice } from '../../src/notices.js';
import type { Addition, Outcome } from '../../src/settlement.js';
import { FakeDelivery } from '../../src/testing/marbles/fake-delivery.js';
import { FakeSession as KitSession, FakeSettlement } from '../../src/testing/marbles/fake-session.js';
import { tornBy } from '../../src/testing/marbles/torn-by.js';

export { FakeDelivery };

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

/**
 * The session of the kit's fake deliveries, for tests that need more of it than marbles can say: it writes down what was settled, and
 * confirms or refuses when told to.
 */
export class FakeSession extends KitSession {
  override readonly bufferSize: number;
  readonly redelivers: boolean;
  readonly now: () => number;
  /** Every effective settling, in order. */
  readonly log: Settled[] = [];
  /** Ids in the order they were taken. */
  readonly taken: string[] = [];
  readonly told: Notice[] = [];
  /** What was added with acks. */
  readonly forwarded: (Addition & { id: string })[] = [];
  /** Streams that nothing can be forwarded to. */
  readonly apart = new Set<string>();
  readonly refusals = new Subject<AckError>();
  override readonly refused = this.refusals.asObservable();
  /** Entries that nobody will deliver again. */
  override readonly forgotten = new Subject<{ stream: string; id: string }>();
  readonly #confirmations = new Subject<never>();
  #held = false;
  #made = 0;

  constructor({ bufferSize = 100, deadLetter = false, redelivers = false, now = () => 0 }: FakeOptions = {}) {
    super(deadLetter);
    this.bufferSize = bufferSize;
    this.redelivers = redelivers;
    this.now = now;
  }

  override readonly confirmed = new Observable<never>((subscriber) => {
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

  override tell(notice: Notice): void {
    this.told.push(notice);
  }

  /** The settlings as text: `acked 1`. */
  get settled(): string[] {
    return this.log.map(({ id, as }) => `${as} ${id}`);
  }

  /** Every entry of this session that was never settled. */
  readonly open = new Set<string>();

  delivery(id: string = String(++this.#made), fields: Fields = {}): FakeDelivery {
    return new FakeDelivery(new NotedSettlement(this, id), { id, fields, value: fields });
  }

  deliveries(count: number): FakeDelivery[] {
    return Array.from({ length: count }, () => this.delivery());
  }

  /** Like a source of ours: a subscription that is cut off from below marks the session as torn. */
  source<T>(emissions: Observable<T>): Observable<T> {
    return tornBy(this, emissions);
  }
}

class NotedSettlement extends FakeSettlement {
  override waits = false;
  taken = 0;

  constructor(
    override readonly session: FakeSession,
    id: string,
  ) {
    super(session, id);
    session.open.add(id);
  }

  override take(): void {
    if (this.taken++ === 0) this.session.taken.push(this.id);
  }

  override checkForward(to: string): void {
    if (this.session.apart.has(to)) throw new StreamsError('OTHER_SLOT', `nothing can be forwarded to ${to}`);
  }

  override forward(what: Addition): void {
    if (this.settled) return;
    this.checkForward(what.to);
    this.session.forwarded.push({ id: this.id, ...what });
    this.settle('acked');
  }

  override settle(as: Outcome, reason?: unknown): void {
    if (this.settled) return;
    const { session, id } = this;
    super.settle(as, reason);
    this.waits = as === 'nacked' && session.redelivers;
    session.open.delete(id);
    session.log.push({ id, as, at: session.now(), ...(reason === undefined ? {} : { reason }) });
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
