import type { CheckpointStore } from '../checkpoint.js';
import type { GroupPlan, Plan } from '../plan.js';
import { lowest } from '../streams/position.js';
import type { Owed } from '../streams/effects.js';
import { inUse, keyOf, seatKeys } from './seat-keys.js';

/** What one stream's next subscription under the same name has to know. */
interface OwedOfStream {
  readonly floor: string | undefined;
  readonly wait: number;
  readonly ids: readonly string[];
}

/** Who sits on a seat: alive until reading ends, then closing, then gone. */
export interface Occupant {
  closing: boolean;
  readonly keys: string[];
  /** Those who wait for this one to be gone. */
  readonly waiting: Set<() => void>;
  /** Those whom this one waits for. */
  readonly behind: ReadonlySet<Occupant>;
}

/**
 * The seats of one client: one per stream, group and consumer, because two readers under one name would settle and reconcile each
 * other's entries; and one per checkpoint. And everything of ours that is open on the client.
 */
export class Seats {
  readonly #occupants = new Map<string, Occupant>();
  readonly #owed = new Map<string, OwedOfStream>();
  /** For generated names: what they owe goes with the source that made them. */
  readonly #owedByPlan = new WeakMap<GroupPlan, Map<string, OwedOfStream>>();
  /** Stores of checkpoints have no name: the number tells one from another. */
  readonly #stores = new WeakMap<CheckpointStore, number>();
  #numbered = 0;
  readonly #open = new Set<Occupant>();
  readonly #idle = new Set<() => void>();

  /**
   * Takes a seat for every stream of the plan. Throws `CONSUMER_IN_USE` when somebody alive sits there; where somebody is closing,
   * the seats are reserved from now on, and `whenFree` says when they can be used.
   */
  sit(plan: Plan): Occupant {
    const streams = plan.streams.map(({ stream }) => stream);
    const me: Occupant = { closing: false, keys: [], waiting: new Set(), behind: this.#blockers(plan, streams) };
    this.#open.add(me);
    this.#occupy(me, plan, streams);
    return me;
  }

  /** Calls back, at once where nobody is closing, with what the one before left undone. Never after `leave`. */
  whenFree(me: Occupant, plan: Plan, free: (owed: Owed | undefined) => void): void {
    const blockers = new Set([...me.behind].filter((blocker) => this.#open.has(blocker)));
    const collect = (): void =>
      free(
        this.#collect(
          plan,
          plan.streams.map(({ stream }) => stream),
        ),
      );
    if (blockers.size === 0) return collect();
    for (const blocker of blockers) {
      blocker.waiting.add(() => {
        blockers.delete(blocker);
        if (blockers.size === 0 && this.#open.has(me)) collect();
      });
    }
  }

  /** One more stream for somebody who sits already (pull consumers). */
  addSeat(me: Occupant, plan: Plan, stream: string): void {
    this.#blockers(plan, [stream]);
    this.#occupy(me, plan, [stream]);
  }

  leave(me: Occupant, plan: Plan, owed: Owed): void {
    if (!this.#open.delete(me)) return;
    for (const key of me.keys) if (this.#occupants.get(key) === me) this.#occupants.delete(key);
    // Whoever gives up waiting leaves the seats to those who are still closing.
    for (const blocker of me.behind)
      for (const key of blocker.keys) if (this.#open.has(blocker) && !this.#occupants.has(key)) this.#occupants.set(key, blocker);
    this.#remember(plan, owed);
    for (const next of [...me.waiting]) next();
    if (this.#open.size > 0) return;
    for (const idle of [...this.#idle]) idle();
    this.#idle.clear();
  }

  whenIdle(): Promise<void> {
    return this.#open.size === 0 ? Promise.resolve() : new Promise((resolve) => this.#idle.add(resolve));
  }

  #blockers(plan: Plan, streams: readonly string[]): Set<Occupant> {
    const blockers = new Set<Occupant>();
    for (const [i, key] of this.#keysOf(plan, streams).entries()) {
      const occupant = this.#occupants.get(key);
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

  #owedOf({ group }: Plan): Map<string, OwedOfStream> | undefined {
    if (group === undefined) return undefined;
    if (!group.generated) return this.#owed;
    let owed = this.#owedByPlan.get(group);
    if (owed === undefined) this.#owedByPlan.set(group, (owed = new Map<string, OwedOfStream>()));
    return owed;
  }

  #remember(plan: Plan, { floors, wait, takeover }: Owed): void {
    const store = this.#owedOf(plan);
    if (store === undefined || plan.group === undefined) return;
    const floorOf = new Map(floors);
    for (const stream of new Set([...floorOf.keys(), ...takeover.map((each) => each.stream)])) {
      const key = keyOf(plan.group, stream);
      const earlier = store.get(key);
      const floor = [floorOf.get(stream), earlier?.floor].filter((each) => each !== undefined);
      const ids = takeover.filter((each) => each.stream === stream).flatMap((each) => each.ids);
      store.set(key, {
        floor: floor.length === 0 ? undefined : floor.reduce(lowest),
        wait: Math.max(wait, earlier?.wait ?? 0),
        ids: [...new Set([...(earlier?.ids ?? []), ...ids])],
      });
    }
  }

  #collect(plan: Plan, streams: readonly string[]): Owed | undefined {
    const store = this.#owedOf(plan);
    if (store === undefined || plan.group === undefined) return undefined;
    const floors: [string, string][] = [];
    let wait = 0;
    const takeover: { stream: string; ids: readonly string[] }[] = [];
    for (const stream of streams) {
      const key = keyOf(plan.group, stream);
      const owed = store.get(key);
      if (owed === undefined) continue;
      store.delete(key);
      if (owed.floor !== undefined) floors.push([stream, owed.floor]);
      wait = Math.max(wait, owed.wait);
      if (owed.ids.length > 0) takeover.push({ stream, ids: owed.ids });
    }
    return { floors, wait, takeover };
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
