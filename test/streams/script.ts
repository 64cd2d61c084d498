import type { Plan } from '../../src/plan.js';
import type { Effect, Owed, Takeover } from '../../src/streams/effects.js';
import type { Batch, Event, Joined, Moment, Window } from '../../src/streams/events.js';
import { step } from '../../src/streams/machine.js';
import { initial, type State } from '../../src/streams/state.js';
import type { FailureKind } from '../../src/failure.js';
import { GROUP, PLAN } from '../support/plans.js';

export const IN_GROUP: Plan = { ...PLAN, group: GROUP };
export const WITH_BACKLOG: Plan = { ...PLAN, group: { ...GROUP, startFromBacklog: true } };
/** Adopts what is idle for 3 s, and looks every second. */
export const CLAIMING: Plan = { ...PLAN, group: { ...GROUP, claim: { minIdle: 3_000, every: 1_000 } } };
/** Three deliveries, 100 ms after each, at most two entries waiting. */
export const REDELIVER = { maxDeliveries: 3, delay: () => 100, deadLetter: 'dead', maxWaiting: 2 };
export const REDELIVERING: Plan = { ...PLAN, group: { ...GROUP, redeliver: REDELIVER } };
export const LIMITED: Plan = { ...PLAN, group: { ...GROUP, startFromBacklog: true, redeliver: REDELIVER } };
export const EMPTY: Window = { held: 0, taken: 0, unconfirmed: 0, settled: 0, failing: false };

/** A machine, played event by event: its state, and what it did at the last of them. */
export class Script {
  state: State;
  effects: readonly Effect[] = [];
  now = 0;

  constructor(
    readonly plan: Plan = IN_GROUP,
    owed?: Owed,
  ) {
    this.state = initial(plan, owed);
  }

  /** Takes the events one by one; `effects` are those of the last. */
  play(...events: Event[]): this {
    for (const event of events) {
      const moment: Moment = { now: this.now, dice: 1 };
      [this.state, this.effects] = step(this.state, event, moment);
    }
    return this;
  }

  at(now: number): this {
    this.now = now;
    return this;
  }

  /** Started, joined at `5-0` everywhere, and connected as client 7. */
  connected(): this {
    const at = this.plan.streams.map(({ stream }): Joined => ({ stream, from: '5-0', created: false }));
    return this.play({ type: 'start' }, { type: 'joined', at }, { type: 'connected', clientId: 7 });
  }

  window(window: Partial<Window> = {}): this {
    return this.play({ type: 'window', window: { ...EMPTY, ...window } });
  }

  fail(kind: FailureKind): this {
    return this.play({ type: 'failed', failure: { kind, word: '', error: new Error(kind) } });
  }

  get phase(): State['phase'] {
    return this.state.phase;
  }

  /** `reading`, or `closing settling`. */
  get tag(): string {
    return this.phase.tag === 'closing' ? `closing ${this.phase.step.tag}` : this.phase.tag;
  }

  /** What it did, by name. */
  get did(): string[] {
    return this.effects.map((effect) =>
      effect.do === 'timer' || effect.do === 'cancel'
        ? `${effect.do} ${effect.name}`
        : effect.do === 'notice'
          ? `notice ${effect.notice.type}`
          : effect.do,
    );
  }

  /** The effect of that name. */
  find<K extends Effect['do']>(name: K): Extract<Effect, { do: K }> | undefined {
    return this.effects.find((effect): effect is Extract<Effect, { do: K }> => effect.do === name);
  }

  /** The delay of the timer of that name. */
  timer(name: string): number | undefined {
    const timer = this.effects.find((effect) => effect.do === 'timer' && effect.name === name);
    return timer?.do === 'timer' ? timer.ms : undefined;
  }
}

export function batch(stream: string, ...ids: string[]): Batch {
  return { stream, entries: ids.map((id) => ({ id, pairs: ['n', id] })) };
}

/** Pending, and no longer in the stream. */
export function goneBatch(stream: string, ...ids: string[]): Batch {
  return { stream, entries: ids.map((id) => ({ id, pairs: null })) };
}

export function replied(...replies: Batch[]): Event {
  return { type: 'replied', replies };
}

export function streams(...names: string[]): Pick<Plan, 'streams'> {
  return { streams: names.map((stream) => ({ stream, start: undefined })) };
}

/** Left by an earlier subscription, which has not told how often it was delivered. */
export function takeover(stream: string, ...ids: string[]): Takeover {
  return { stream, origin: 'recovered', entries: ids.map((id) => ({ id, count: 0 })) };
}
