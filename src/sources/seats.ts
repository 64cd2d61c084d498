import type { CheckpointStore } from '../checkpoint.js';
import type { Plan } from '../plan.js';
import type { Owed } from '../streams/effects.js';
import { monotonic } from '../wire/clock.js';
import { LeftUndone } from './left-undone.js';
import { inUse, seatKeys } from './seat-keys.js';

/** Who sits on a seat: alive until reading ends, then closing, then gone. */
export interface Occupant {
  closing: boolean;
  readonly keys: string[];
  /** Those who wait for this one to be gone. */
  readonly waiting: Set<() => void>;
  /** Those whom this one waits for. */
  readonly behind: Set<Occupant>;
  /** The group it reads in, and whether it holds an entry of it. */
  readonly group: string | undefined;
  holds: (stream: string, id: string) => boolean;
}

/**
 * The seats of one client: one per stream, group and consumer, because two readers under one name would settle and reconcile each
 * other's entries; and one per checkpoint. And everything of ours that is open on the client.
 */
export class Seats {
  readonly #occupants = new Map<string, Occupant>();
  readonly #undone: LeftUndone;
  /** Stores of checkpoints have no name: the number tells one from another. */
  readonly #stores = new WeakMap<CheckpointStore, number>();
  #numbered = 0;
  readonly #open = new Set<Occupant>();
  readonly #idle = new Set<() => void>();

  constructor(now: () => number = monotonic) {
    this.#undone = new LeftUndone(now);
  }

  /**
   * Takes a seat for every stream of the plan. Throws `CONSUMER_IN_USE` when somebody alive sits there; where somebody is closing,
   * the seats are reserved from now on, and `whenFree` says when they can be used.
   */
  sit(plan: Plan): Occupant {
    const streams = plan.streams.map(({ stream }) => stream);
    const behind = this.#blockers(plan, streams);
    const me: Occupant = { closing: false, keys: [], waiting: new Set(), behind, group: plan.group?.name, holds: () => false };
    this.#open.add(me);
    this.#occupy(me, plan, streams);
    return me;
  }

  /** Calls back, at once where nobody is closing, with what the one before left undone. Never once reading has ended. */
  whenFree(me: Occupant, plan: Plan, free: (owed: Owed | undefined) => void): void {
    const blockers = new Set([...me.behind].filter((blocker) => this.#open.has(blocker)));
    const collect = (): void => {
      if (me.closing || !this.#open.has(me)) return;
      const streams = plan.streams.map(({ stream }) => stream);
      free(this.#undone.collect(plan, streams));
    };
    if (blockers.size === 0) return collect();
    for (const blocker of blockers) {
      blocker.waiting.add(() => {
        blockers.delete(blocker);
        if (blockers.size === 0) collect();
      });
    }
  }

  /** Throws `CONSUMER_IN_USE` where `addSeat` would. */
  checkSeat(me: Occupant, plan: Plan, stream: string): void {
    this.#blockers(plan, [stream], me);
  }

  /** One more stream for somebody who sits already, as `sit` does it: `whenFree` says when it can be used. */
  addSeat(me: Occupant, plan: Plan, stream: string): void {
    if (!this.#open.has(me)) return;
    for (const blocker of this.#blockers(plan, [stream], me)) me.behind.add(blocker);
    this.#occupy(me, plan, [stream]);
  }

  /** That stream is not read after all. */
  giveUpSeat(me: Occupant, plan: Plan, { stream, owed }: { stream: string; owed: Owed | undefined }): void {
    const [given] = this.#keysOf(plan, [stream]);
    const at = me.keys.findIndex((key) => key === given);
    // The hash of a checkpoint is the seat of all its streams.
    if (at >= 0 && typeof plan.checkpoint !== 'string') for (const key of me.keys.splice(at, 1)) this.#occupants.delete(key);
    if (owed !== undefined) this.#undone.remember(plan, owed);
  }

  leave(me: Occupant, plan: Plan, owed: Owed): void {
    if (!this.#open.delete(me)) return;
    for (const key of me.keys) if (this.#occupants.get(key) === me) this.#occupants.delete(key);
    // Whoever gives up waiting leaves the seats to those who are still closing.
    for (const blocker of me.behind)
      for (const key of blocker.keys) if (this.#open.has(blocker) && !this.#occupants.has(key)) this.#occupants.set(key, blocker);
    this.#undone.remember(plan, owed);
    for (const next of [...me.waiting]) next();
    if (this.#open.size > 0) return;
    for (const idle of [...this.#idle]) idle();
    this.#idle.clear();
  }

  /** Somebody else here holds that entry: its own lease may be late, when the whole process stood still. */
  holdsElsewhere(me: Occupant, stream: string, id: string): boolean {
    return [...this.#open].some((other) => other !== me && other.group === me.group && other.holds(stream, id));
  }

  whenIdle(): Promise<void> {
    return this.#open.size === 0 ? Promise.resolve() : new Promise((resolve) => this.#idle.add(resolve));
  }

  #blockers(plan: Plan, streams: readonly string[], me?: Occupant): Set<Occupant> {
    const blockers = new Set<Occupant>();
    for (const [i, key] of this.#keysOf(plan, streams).entries()) {
      const occupant = this.#occupants.get(key);
      if (occupant === me) continue;
      if (occupant?.closing === false) throw inUse(plan, streams[i]);
      if (occupant !== undefined) blockers.add(occupant);
    }
    return blockers;
  }

  #keysOf(plan: Plan, streams: readonly string[]): readonly string[] {
    return seatKeys(plan, streams, (store) => {
      const number = this.#stores.get(store) ?? this.#numbered++;
      this.#stores.set(store, number);
      return number;
    });
  }

  #occupy(me: Occupant, plan: Plan, streams: readonly string[]): void {
    for (const key of this.#keysOf(plan, streams)) {
      me.keys.push(key);
      this.#occupants.set(key, me);
    }
  }
}

const REGISTRY = Symbol.for('rxjs-redis-streams/seats');

/** The seats of a client. Kept beside the client, not in this module, so that two copies of the package share them. */
export function seatsOf(client: object): Seats {
  const place = globalThis as { [REGISTRY]?: WeakMap<object, Seats> };
  const registry = (place[REGISTRY] ??= new WeakMap<object, Seats>());
  let seats = registry.get(client);
  if (seats === undefined) registry.set(client, (seats = new Seats()));
  return seats;
}

/**
 * Resolves when everything of ours on that client is closed: no subscription, connection, timer or unconfirmed ack is left.
 * Since `unsubscribe()` cannot be awaited, the correct shutdown is `await whenIdle(redis); await redis.quit()`.
 */
export function whenIdle(redis: object): Promise<void> {
  return seatsOf(redis).whenIdle();
}
