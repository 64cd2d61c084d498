import type { Plan } from '../plan.js';
import type { Owed } from '../streams/effects.js';
import type { Event } from '../streams/events.js';
import { step } from '../streams/machine.js';
import { initial, type State } from '../streams/state.js';
import { monotonic } from '../wire/clock.js';
import type { Port } from '../wire/port.js';
import { Performer } from './performer.js';
import type { Sink } from './sink.js';

/** Redis, the one who subscribed, and chance. */
export interface DriveEnv {
  readonly port: Port;
  readonly sink: Sink;
  /** From 0 up to 1. */
  readonly dice: () => number;
  /** Another consumer of this process, on the same client, holds that entry of the group. */
  readonly heldHere: (stream: string, id: string) => boolean;
}

/**
 * Runs one machine: events in, effects out. Events that come while effects run are queued and looped, never recursed, so a
 * synchronous port with a hundred thousand entries keeps the stack flat.
 */
export class Drive {
  readonly #performer: Performer;
  readonly #sink: Sink;
  readonly #now: () => number;
  readonly #dice: () => number;
  #state: State;
  /** Events in the order they came, and how many of them were taken. */
  #events: Event[] = [];
  #taken = 0;
  /** Effects are being performed. */
  #running = false;
  /** The window changed since the machine heard of it. */
  #dirty = false;

  constructor(plan: Plan, env: DriveEnv, owed?: Owed) {
    const { scheduler } = plan;
    this.#now = scheduler === undefined ? monotonic : () => scheduler.now();
    this.#sink = env.sink;
    this.#dice = env.dice;
    this.#performer = new Performer(plan, env, {
      dispatch: (event) => this.dispatch(event),
      changed: (now) => this.#changed(now),
      roomy: () => this.#readAhead(),
    });
    this.#state = initial(plan, owed);
  }

  dispatch(event: Event): void {
    this.#events.push(event);
    this.#loop();
  }

  holds(stream: string, id: string): boolean {
    return this.#performer.holds(stream, id);
  }

  /** The subscriber has gone: nothing more is handed on, from this very moment. */
  tear(): void {
    const { tag } = this.#state.phase;
    if (tag === 'closed') return;
    // First in the queue: what goes back makes room, and nothing is read into it any more. While closing nothing is read anyway.
    if (tag !== 'closing') this.#events.push({ type: 'stop', why: 'unsubscribed' });
    this.#performer.tear();
    this.#loop();
  }

  #changed(now: boolean): void {
    this.#dirty = true;
    if (now) this.#loop();
  }

  #loop(): void {
    if (this.#running) return;
    this.#running = true;
    for (let event = this.#take(); event !== undefined; event = this.#take()) {
      this.#step(event);
    }
    this.#running = false;
  }

  #step(event: Event): void {
    const before = this.#state.phase.tag;
    const [state, effects] = step(this.#state, event, { now: this.#now(), dice: this.#dice() });
    this.#state = state;
    if (isOver(state.phase.tag) && !isOver(before)) this.#readsNoMore();
    for (const effect of effects) this.#performer.do(effect);
  }

  /** Amid the effects of a reply: its state is settled, and what comes next is decided as if all of it were handed on. */
  #readAhead(): void {
    if (this.#taken < this.#events.length || this.#state.phase.tag !== 'resting') return;
    this.#dirty = false;
    this.#step({ type: 'window', window: this.#performer.window() });
  }

  #readsNoMore(): void {
    this.#sink.closing();
    this.#performer.readsNoMore();
  }

  /** The next event; the window's own only when no other is left, so that a thousand settlements are one event. */
  #take(): Event | undefined {
    const event = this.#events[this.#taken];
    if (event !== undefined) {
      this.#taken += 1;
      return event;
    }
    this.#events = [];
    this.#taken = 0;
    if (!this.#dirty) return undefined;
    this.#dirty = false;
    return { type: 'window', window: this.#performer.window() };
  }
}

function isOver(tag: State['phase']['tag']): boolean {
  return tag === 'closing' || tag === 'closed';
}
