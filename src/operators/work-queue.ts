import { Fifo } from '../fifo.js';
import type { Session, Settlement } from '../settlement.js';
import { Awaited } from './awaited.js';
import { emptied, Lane } from './lane.js';
import { settlementsOf, type Owed } from './owed.js';

/** An entry (or an array of entries) on its way to the project. */
export interface Work<In> {
  readonly value: In;
  readonly owed: Owed;
  /** Known once the queue has asked for it. */
  key?: unknown;
  /** `key` threw: counts as its project failing. */
  broken?: { readonly error: unknown };
}

/**
 * What waits for a slot, in arrival order. With a `key`, work whose key is occupied steps aside into the lane of that key and lets
 * later keys pass. A key is occupied by what runs, and by what was nacked until it has come again, which then runs first. Every step is
 * O(1) per entry.
 */
export class WorkQueue<In> {
  readonly #key: ((value: In) => unknown) | undefined;
  /** Nobody has looked at its key yet. */
  readonly #arrived = new Fifo<Work<In>>();
  /** Came out of its lane: its key belongs to it. Older than everything in `#arrived`. */
  readonly #ready = new Fifo<Work<In>>();
  /** The occupied keys. */
  readonly #lanes = new Map<unknown, Lane<In>>();
  readonly #awaited = new Awaited<Lane<In>>();
  /** Work in lanes. */
  #aside = 0;

  constructor(key: ((value: In) => unknown) | undefined) {
    this.#key = key;
  }

  get size(): number {
    return this.#arrived.size + this.#ready.size + this.#aside;
  }

  /** Somebody who comes now need not queue. */
  get isPassable(): boolean {
    return this.#key === undefined && this.#arrived.size === 0;
  }

  push(work: Work<In>): void {
    this.#arrived.push(work);
  }

  /** The oldest work that may run now. Its key is occupied until `done`. Calls `key`, which may call back. */
  take(): Work<In> | undefined {
    if (this.#key === undefined) return this.#arrived.shift();
    return this.#ready.shift() ?? this.#takeArrived(this.#key);
  }

  /** The work was settled: the next of its key may run, unless some of it comes again. */
  done({ key, owed, broken }: Work<In>): void {
    const lane = this.#lanes.get(key);
    if (lane === undefined) return; // no key, or cleared meanwhile
    lane.state = 'free';
    // Nobody knows its key, now or when it comes again.
    if (broken === undefined) for (const settlement of settlementsOf(owed)) if (settlement.waits) this.#await(settlement, lane);
    this.#proceed(lane);
  }

  /** What was waited for is over, or nobody will deliver it again. */
  forget(session: Session, entry: Pick<Settlement, 'stream' | 'id'>): void {
    const lane = this.#awaited.remove(session, entry);
    if (lane === undefined) return;
    lane.awaited--;
    this.#proceed(lane);
  }

  /** Nothing comes again in that session. Takes out what waits for it there: the next session has all of it, in order. */
  leave(session: Session): Work<In>[] {
    const lanes = this.#awaited.removeAll(session);
    for (const lane of lanes) lane.awaited--;
    const left: Work<In>[] = [];
    for (const lane of new Set(lanes)) {
      left.push(...lane.remove(({ owed }) => settlementsOf(owed).some((each) => each.session === session)));
      this.#proceed(lane);
    }
    this.#aside -= left.length;
    return left;
  }

  /** Takes out everything that waits. */
  clear(): Work<In>[] {
    const waiting = [
      ...emptied(this.#ready),
      ...[...this.#lanes.values()].flatMap((lane) => lane.clear()),
      ...emptied(this.#arrived),
    ];
    this.#lanes.clear();
    this.#awaited.clear();
    this.#aside = 0;
    return waiting;
  }

  #takeArrived(key: (value: In) => unknown): Work<In> | undefined {
    for (let work = this.#arrived.shift(); work !== undefined; work = this.#arrived.shift()) {
      try {
        work.key = key(work.value);
      } catch (error) {
        work.key = work; // a key that nobody else has
        work.broken = { error };
      }
      this.#sort(work);
      const ready = this.#ready.shift();
      if (ready !== undefined) return ready;
    }
    return undefined;
  }

  /** Into its lane, in front if that has waited for it. */
  #sort(work: Work<In>): void {
    const waited = new Set<Lane<In>>();
    for (const settlement of settlementsOf(work.owed)) {
      const lane = this.#awaited.remove(settlement.session, settlement);
      if (lane === undefined) continue;
      lane.awaited--;
      waited.add(lane);
    }
    const lane = this.#lanes.get(work.key);
    if (lane === undefined) {
      this.#lanes.set(work.key, new Lane(work.key));
      this.#ready.push(work);
    } else {
      this.#aside++;
      if (waited.has(lane)) lane.returned.push(work);
      else lane.push(work);
    }
    for (const each of waited) this.#proceed(each);
  }

  #await(settlement: Settlement, lane: Lane<In>): void {
    this.#awaited.add(settlement, lane);
    lane.awaited++;
  }

  #proceed(lane: Lane<In>): void {
    const next = lane.next();
    if (next !== undefined) {
      lane.state = 'occupied';
      this.#aside--;
      this.#ready.push(next);
    } else if (lane.isOver) {
      this.#lanes.delete(lane.key);
    }
  }
}
