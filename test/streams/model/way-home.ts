import { bookOf, emptyLedger, type Book, type Held } from '../../../src/acks/book.js';
import {
  land,
  landBack,
  landDead,
  open,
  restore,
  restoreBack,
  restoreDead,
  settle,
  settleDead,
  settleIds,
  take,
  takeBack,
  takeDead,
} from '../../../src/acks/ledger.js';
import { mostDeliveries, owesAcks, type Plan } from '../../../src/plan.js';
import type { Outcome } from '../../../src/settlement.js';
import type { Window } from '../../../src/streams/events.js';
import type { DeadLetter } from '../../../src/wire/port.js';
import type { ModelServer } from './server.js';
import type { Walk } from './walk.js';

export interface Hold extends Held {
  readonly stream: string;
  state: 'open' | 'taken' | 'settled';
}

/** Acks and give-backs of one subscription, each a command that may be on its way, executed, landed or lost. */
export class WayHome {
  readonly ledger = emptyLedger<Hold>();
  /** What the pipeline has and has not settled, in the order it came. */
  readonly holds = new Set<Hold>();
  readonly nacked = new Set<string>();
  failing = false;
  /** Not before then after a failure. */
  retryAt = 0;
  #watching = false;

  /** When what is in the air was sent. */
  #sentAt = 0;
  readonly plan: Plan;
  readonly server: ModelServer;
  readonly acked: Set<string>;

  constructor(readonly walk: Walk) {
    this.plan = walk.plan;
    this.server = walk.server;
    this.acked = walk.acked;
  }

  get window(): Window {
    const { held, taken, unconfirmed, settled } = this.ledger;
    return { held, taken, unconfirmed, settled, failing: this.failing };
  }

  open(stream: string, id: string, attempt: number): Hold {
    const book = bookOf(this.ledger, stream);
    if (this.#watching) book.nacked ??= new Set();
    const hold: Hold = { stream, id, attempt, state: 'open' };
    open(this.ledger, book, hold);
    this.holds.add(hold);
    return hold;
  }

  take(hold: Hold): void {
    if (hold.state !== 'open') return;
    hold.state = 'taken';
    this.ledger.taken += 1;
  }

  settle(hold: Hold, as: Outcome): void {
    if (hold.state === 'settled') return;
    if (hold.state === 'taken') this.ledger.taken -= 1;
    hold.state = 'settled';
    this.holds.delete(hold);
    const { stream, id, attempt } = hold;
    const { redeliver } = this.plan.group ?? {};
    const dies = as === 'rejected' || (as === 'nacked' && attempt >= mostDeliveries(this.plan));
    const waits = as === 'nacked' && !dies && redeliver !== undefined;
    if (as === 'nacked' && !dies && !waits) this.nacked.add(`${stream} ${id}`);
    const how = { as: dies ? ('rejected' as const) : as, sends: owesAcks(this.plan), waits, letter: letterOf(id) };
    settle(this.ledger, bookOf(this.ledger, stream), hold, how);
    if (dies) this.walk.counts.dead += 1;
    if (!waits) return;
    this.walk.mayReturn.add(`${stream} ${id}`);
    this.walk.dispatch({ type: 'nacked', stream, id, attempt, delay: redeliver.delay(attempt, 0) });
  }

  deadLetter(stream: string, ids: readonly string[]): void {
    for (const id of ids) settleDead(this.ledger, bookOf(this.ledger, stream), letterOf(id));
    this.forget(stream, ids);
  }

  forget(stream: string, ids: readonly string[]): void {
    for (const id of ids) bookOf(this.ledger, stream).waiting.delete(id);
  }

  ackAway(stream: string, ids: readonly string[]): void {
    settleIds(this.ledger, bookOf(this.ledger, stream), ids);
    this.forget(stream, ids);
  }

  watchNacks(on: boolean): void {
    this.#watching = on;
    for (const book of this.ledger.books.values()) book.nacked = on ? (book.nacked ?? new Set()) : undefined;
  }

  /** Everything settled is on its way. */
  send(): void {
    if (this.failing && this.server.now < this.retryAt) return;
    this.failing = false;
    // What was in the air already is sent no later than this.
    this.execute();
    this.#sentAt = this.walk.turn();
    for (const book of this.ledger.books.values()) {
      take(book);
      takeDead(book);
      takeBack(book, 2);
    }
  }

  /** What was sent before that turn has arrived by then. */
  executeBefore(turn: number): void {
    if (this.#sentAt < turn) this.#execute();
  }

  /** The server does what is on its way; doing it twice changes nothing. */
  execute(): void {
    this.walk.performer.port.execute(this.#sentAt);
    this.#execute();
  }

  #execute(): void {
    for (const { stream, air, deadAir, backAir } of this.ledger.books.values()) {
      for (const { id, count } of backAir) {
        const row = this.server.streams.get(stream)?.group?.pending.get(id);
        if (row?.consumer === 'me') Object.assign(row, { count, since: -Infinity });
      }
      for (const id of [...(air?.ids ?? []), ...(deadAir?.ids ?? [])]) {
        this.server.streams.get(stream)?.group?.pending.delete(id);
        this.acked.add(`${stream} ${id}`);
      }
    }
  }

  land(): void {
    this.execute();
    for (const book of this.ledger.books.values()) {
      land(this.ledger, book);
      landDead(this.ledger, book);
      landBack(this.ledger, book);
    }
  }

  lose(): void {
    if (
      ![...this.ledger.books.values()].some(
        ({ air, deadAir, backAir }) => air !== undefined || deadAir !== undefined || backAir.length > 0,
      )
    )
      return;
    this.failing = true;
    this.retryAt = this.server.now + 50;
    for (const book of this.ledger.books.values()) this.#comeBack(book);
  }

  #comeBack(book: Book<Hold>): void {
    restore(book);
    restoreDead(book);
    restoreBack(book);
  }

  /** drainTimeout is over. */
  giveUp(): void {
    for (const book of this.ledger.books.values()) {
      this.#comeBack(book);
      this.ledger.unconfirmed -= book.back.length;
      book.back = [];
      for (const id of [...(take(book)?.ids ?? []), ...(takeDead(book)?.ids ?? [])]) book.left.add(id);
      land(this.ledger, book);
      landDead(this.ledger, book);
    }
  }
}

function letterOf(id: string): DeadLetter {
  return { id, name: 'Error', message: 'no' };
}
