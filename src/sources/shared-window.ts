import type { Ledger } from '../acks/book.js';
import type { Plan } from '../plan.js';
import type { Others, Window } from '../streams/events.js';
import { reserved } from '../streams/reserved.js';
import type { State } from '../streams/state.js';
import { toComeAgain } from '../streams/waiting.js';

/** What a reader has of the window, as far as the others need to know it. */
interface Part {
  held: number;
  taken: number;
  unconfirmed: number;
  settled: number;
  reserved: number;
  comingAgain: number;
  waiting: number;
}

const COUNTED = [
  'held',
  'taken',
  'unconfirmed',
  'settled',
  'reserved',
  'comingAgain',
  'waiting',
] as const satisfies (keyof Part)[];

/** How much of it is free: nothing, something, or so much that it is filled again. */
type Level = 0 | 1 | 2;

/** Whose turn it is to have the window for one entry alone: nobody asks, it waits for that, or it has it. */
type Alone = 0 | 1 | 2;

/**
 * The one window of a subscription with several readers. Each knows what the others hold; who rests because there is no room is woken
 * when there is, and not with every entry that is settled.
 */
export class SharedWindow {
  readonly #plan: Pick<Plan, 'bufferSize' | 'refillAt'>;
  readonly #total: Part = nothing();
  readonly #shares: Share[] = [];
  #several = false;
  #level: Level = 2;
  /** How many readers have, or wait to have, an entry out alone. */
  #alone = 0;
  /** Who told last that nothing is settled, and how many were then. */
  #stall: { readonly by: Share; readonly settled: number } | undefined;

  constructor(plan: Pick<Plan, 'bufferSize' | 'refillAt'>) {
    this.#plan = plan;
  }

  /** One more reader. `wake` makes it look at the window again. */
  share(ledger: () => Ledger, wake: () => void): Share {
    const share = new Share(this, ledger, wake);
    this.#shares.push(share);
    return share;
  }

  /** It holds nothing any more. */
  leave(share: Share): void {
    this.#alone -= Math.sign(share.alone);
    share.alone = 0;
    this.#change(share, nothing());
    this.#shares.splice(this.#shares.indexOf(share), 1);
  }

  get ledgers(): readonly Ledger[] {
    return this.#shares.map(({ ledger }) => ledger());
  }

  /** The reader counts that now; gives what the others have, once there were any. */
  count(share: Share, counts: Partial<Part>): Others | undefined {
    this.#change(share, counts);
    share.seen = this.#level;
    this.#several ||= this.#shares.length > 1;
    if (!this.#several) return undefined;
    const { held, taken, unconfirmed, settled, reserved, comingAgain, waiting } = this.#total;
    const { part } = share;
    return {
      held: held - part.held,
      taken: taken - part.taken,
      unconfirmed: unconfirmed - part.unconfirmed,
      settled: settled - part.settled,
      reserved: reserved - part.reserved,
      comingAgain: comingAgain - part.comingAgain,
      waiting: waiting - part.waiting,
      goFirst: this.#alone > 0 && this.#shares.some((other) => other !== share && this.#isBefore(other, share)),
    };
  }

  /** It has done its turn. */
  rests(share: Share, state: State): void {
    const waits = state.phase.tag === 'resting' ? 1 : 0;
    const alone = aloneOf(state);
    const changed = alone !== share.alone;
    this.#alone += Math.sign(alone) - Math.sign(share.alone);
    share.alone = alone;
    this.#change(share, { reserved: reserved(state), comingAgain: toComeAgain(state), waiting: waits });
    if (changed) this.#wake(() => true);
    // It has decided by what it saw, and there is more room by now.
    else if (waits === 1 && share.seen < this.#level) share.wake();
  }

  /** A full window is told by one of the readers, as often as one alone would tell it. */
  tellsStall(share: Share): boolean {
    const { settled } = this.#total;
    if (this.#stall?.settled === settled && this.#stall.by !== share) return false;
    this.#stall = { by: share, settled };
    return true;
  }

  #change(share: Share, counts: Partial<Part>): void {
    const wasEmpty = this.#isEmpty;
    for (const each of COUNTED) {
      const now = counts[each];
      if (now === undefined) continue;
      this.#total[each] += now - share.part[each];
      share.part[each] = now;
    }
    const before = this.#level;
    this.#level = this.#free();
    if (this.#alone > 0 && this.#isEmpty && !wasEmpty) this.#wake(({ alone }) => alone > 0);
    if (this.#level > before) this.#wake(({ part, seen }) => part.waiting > 0 && seen < this.#level);
  }

  /** An entry that is to run alone may. */
  get #isEmpty(): boolean {
    return this.#total.held + this.#total.comingAgain === 0;
  }

  #free(): Level {
    const { held, unconfirmed, reserved } = this.#total;
    const { bufferSize, refillAt } = this.#plan;
    const room = Math.min(bufferSize - held - reserved, 2 * bufferSize - held - unconfirmed);
    if (room <= 0 || unconfirmed > bufferSize) return 0;
    return held > refillAt ? 1 : 2;
  }

  #wake(whom: (share: Share) => boolean): void {
    for (const share of this.#shares) if (whom(share)) share.wake();
  }

  /** Who has an entry out alone, then who asks for it first. */
  #isBefore(one: Share, other: Share): boolean {
    if (one.alone === 0) return false;
    return one.alone > other.alone || (one.alone === other.alone && this.#shares.indexOf(one) < this.#shares.indexOf(other));
  }
}

/** One reader's share of it. */
export class Share {
  readonly part = nothing();
  alone: Alone = 0;
  /** What was free when it looked last. */
  seen: Level = 2;

  constructor(
    readonly window: SharedWindow,
    readonly ledger: () => Ledger,
    readonly wake: () => void,
  ) {}

  leave(): void {
    this.window.leave(this);
  }

  count({ held, taken, unconfirmed, settled }: Window): Others | undefined {
    return this.window.count(this, { held, taken, unconfirmed, settled });
  }

  rests(state: State): void {
    this.window.rests(this, state);
  }

  /** Among what the oldest entry is to be looked for; nothing: another reader has told. */
  tellsStall(): readonly Ledger[] {
    return this.window.tellsStall(this) ? this.window.ledgers : [];
  }
}

function nothing(): Part {
  return { held: 0, taken: 0, unconfirmed: 0, settled: 0, reserved: 0, comingAgain: 0, waiting: 0 };
}

/** Whoever closes lets the others go on: what it had in its queue is left to the next subscription. */
function aloneOf({ alone, phase }: State): Alone {
  if (alone.tag === 'nobody' || phase.tag === 'closing' || phase.tag === 'closed') return 0;
  return alone.tag === 'queued' ? 1 : 2;
}
