import type { GroupPlan, Plan } from '../plan.js';
import type { Owed } from '../streams/effects.js';
import { lowest } from '../streams/position.js';
import { ifAny } from '../streams/unhealed.js';

/** What one stream's next subscription under the same name has to know. */
interface OwedOfStream {
  readonly anchor: string | undefined;
  readonly floor: string | undefined;
  /** Until when a server that does not know that we are gone may still deliver, by the clock of {@link LeftUndone}. */
  readonly until: number;
  readonly ids: readonly string[];
  readonly unhealed: boolean;
}

/**
 * For so many streams of consumers who were here it is remembered what they left; then the oldest is forgotten, and its entries wait
 * for a backlog or a claim. A new name for every subscription would fill the memory otherwise.
 */
const REMEMBERED = 1_000;

/** What subscriptions left undone, for the next of the same name: kept per stream, whoever reads it next. */
export class LeftUndone {
  readonly #owed = new Map<string, OwedOfStream>();
  /** For generated names: what they owe goes with the source that made them. */
  readonly #owedByPlan = new WeakMap<GroupPlan, Map<string, OwedOfStream>>();

  /** `now`: ms that never go back. */
  constructor(readonly now: () => number) {}

  #owedOf({ group }: Plan): Map<string, OwedOfStream> | undefined {
    if (group === undefined) return undefined;
    if (!group.generated) return this.#owed;
    let owed = this.#owedByPlan.get(group);
    if (owed === undefined) this.#owedByPlan.set(group, (owed = new Map<string, OwedOfStream>()));
    return owed;
  }

  remember(plan: Plan, { anchors, floors, wait, takeover, unhealed = [] }: Owed): void {
    const store = this.#owedOf(plan);
    if (store === undefined || plan.group === undefined) return;
    const anchorOf = new Map(anchors);
    const floorOf = new Map(floors);
    for (const stream of new Set([...anchorOf.keys(), ...floorOf.keys(), ...takeover.map((each) => each.stream), ...unhealed])) {
      const key = keyOf(plan.group, stream);
      const earlier = store.get(key);
      const floor = [floorOf.get(stream), earlier?.floor].filter((each) => each !== undefined);
      const ids = takeover.filter((each) => each.stream === stream).flatMap((each) => each.ids);
      store.delete(key); // the newest is the last
      store.set(key, {
        anchor: anchorOf.get(stream) ?? earlier?.anchor,
        floor: floor.length === 0 ? undefined : floor.reduce(lowest),
        until: Math.max(this.now() + wait, earlier?.until ?? 0),
        ids: [...new Set([...(earlier?.ids ?? []), ...ids])],
        unhealed: earlier?.unhealed === true || unhealed.includes(stream),
      });
    }
    for (const oldest of store.keys()) {
      if (store.size <= REMEMBERED) break;
      store.delete(oldest);
    }
  }

  collect(plan: Plan, streams: readonly string[]): Owed | undefined {
    const store = this.#owedOf(plan);
    if (store === undefined || plan.group === undefined) return undefined;
    const anchors: [string, string][] = [];
    const floors: [string, string][] = [];
    let wait = 0;
    const takeover: { stream: string; ids: readonly string[] }[] = [];
    const unhealed: string[] = [];
    for (const stream of streams) {
      const key = keyOf(plan.group, stream);
      const owed = store.get(key);
      if (owed === undefined) continue;
      store.delete(key);
      if (owed.anchor !== undefined) anchors.push([stream, owed.anchor]);
      if (owed.floor !== undefined) floors.push([stream, owed.floor]);
      wait = Math.max(wait, owed.until - this.now());
      if (owed.ids.length > 0) takeover.push({ stream, ids: owed.ids });
      if (owed.unhealed) unhealed.push(stream);
    }
    return { anchors, floors, wait, takeover, unhealed: ifAny(unhealed) };
  }
}

/** One seat: a stream, read under one name in one group. */
export function keyOf({ name, consumer }: GroupPlan, stream: string): string {
  return JSON.stringify([stream, name, consumer]);
}
