import { SETTLEMENT, type Outcome, type Settleable, type Settlement } from '../../settlement.js';

/** How one delivery was settled. */
export interface Settled {
  /** Its letter. */
  readonly name: string;
  readonly id: string;
  readonly as: Outcome;
  readonly frame: number;
  readonly reason?: unknown;
}

/** What became of the deliveries of one source, over all of its subscriptions. */
export class Tally {
  /** Every effective settling, in order. */
  readonly settled: Settled[] = [];
  readonly #seen = new Set<Settlement>();
  readonly #everDelivered = new Set<string>();
  readonly #delivered: { readonly name: string; readonly settlement: Settlement }[] = [];
  #pending: readonly string[] | undefined;

  constructor(
    /** Names the source in messages. */
    readonly of: string,
    /** The letters of its script. */
    readonly names: ReadonlySet<string>,
    readonly now: () => number,
  ) {}

  /** Looks on from now on how that delivery is settled, by whomever. */
  watch(delivery: Settleable & { readonly id: string }, name: string): void {
    const settlement = delivery[SETTLEMENT];
    if (this.#seen.has(settlement)) return;
    this.#seen.add(settlement);
    this.#delivered.push({ name, settlement });
    this.#everDelivered.add(name);
    const { id } = delivery;
    let noted = false;
    const note = (as: Outcome, reason: unknown, settle: () => void): void => {
      const before = settlement.settled;
      settle();
      if (before || noted || this.#pending !== undefined) return;
      noted = true;
      this.settled.push({ name, id, as, frame: this.now(), ...(reason === undefined ? {} : { reason }) });
    };
    const settle = settlement.settle.bind(settlement);
    settlement.settle = (as, reason, delay) => note(as, reason, () => settle(as, reason, delay));
    const forward = settlement.forward.bind(settlement);
    settlement.forward = (what) => note('acked', undefined, () => forward(what));
  }

  wasDelivered(name: string): boolean {
    return this.#everDelivered.has(name);
  }

  /** The letters of deliveries that nobody has settled. */
  get pending(): readonly string[] {
    return this.#pending ?? this.#delivered.filter(({ settlement }) => !settlement.settled).map(({ name }) => name);
  }

  /** The script is over: what the kit itself tears down is none of its settlings. */
  close(): void {
    this.#pending = this.pending;
  }
}
