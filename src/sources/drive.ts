import { Fifo } from '../fifo.js';
import type { Notice } from '../notices.js';
import type { Plan } from '../plan.js';
import type { Owed } from '../streams/effects.js';
import type { Event } from '../streams/events.js';
import { step } from '../streams/machine.js';
import { minds } from '../streams/minds.js';
import { initial, type State } from '../streams/state.js';
import { clockOf } from '../wire/clock.js';
import type { Port } from '../wire/port.js';
import type { SharedWindow, Share } from './shared-window.js';
import { Performer } from './performer.js';
import type { Sink } from './sink.js';
import type { Turns } from './turns.js';

/** Redis, the one who subscribed, and chance. */
export interface DriveEnv {
  readonly port: Port;
  readonly sink: Sink;
  /** From 0 up to 1. */
  readonly dice: () => number;
  /** Another consumer of this process, on the same client, holds that entry of the group. */
  readonly heldHere: (stream: string, id: string) => boolean;
  /** What it shares with the other readers of its subscription, where there are any. */
  readonly turns?: Turns;
  readonly window?: SharedWindow | undefined;
  readonly tell?: (notice: Notice) => void;
  readonly anew?: () => void;
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
  /** In the order they came. It drops what it gives: where a port answers at once it may never be empty. */
  readonly #events = new Fifo<Event>();
  readonly #turns: Turns | undefined;
  readonly #share: Share | undefined;
  /** Effects are being performed, or are about to. */
  #running = false;
  /** The window changed since the machine heard of it. */
  #dirty = false;

  constructor(plan: Plan, env: DriveEnv, owed?: Owed) {
    this.#now = clockOf(plan.scheduler);
    this.#sink = env.sink;
    this.#dice = env.dice;
    this.#turns = env.turns;
    this.#share = env.window?.share(
      () => this.#performer.session.ledger,
      () => this.#changed(true),
    );
    const share = this.#share;
    this.#performer = new Performer(
      plan,
      { ...env, stalledIn: share && (() => share.tellsStall()) },
      {
        dispatch: (event) => this.dispatch(event),
        changed: (now) => this.#changed(now),
        roomy: (coming) => this.#readAhead(coming),
      },
    );
    this.#state = initial(plan, owed);
  }

  dispatch(event: Event): void {
    // What a reply brings has its place in the window already, which is counted behind it.
    if (event.type !== 'replied' || event.replies.length === 0) this.#catchUp();
    this.#events.push(event);
    this.#loop();
  }

  /** An entry is being handed on at this moment. */
  get isInNext(): boolean {
    return this.#performer.isInNext;
  }

  holds(stream: string, id: string): boolean {
    return this.#performer.holds(stream, id);
  }

  /** It is none of the readers any more. */
  unshare(): void {
    this.#share?.leave();
  }

  /** What its checkpoint had kept is gone. */
  saveAgain(): void {
    this.#performer.session.saving?.rewrite();
  }

  /** The subscriber has gone: nothing more is handed on, from this very moment. `inNext`: it went inside the `next` of an entry. */
  tear({ inNext } = { inNext: this.isInNext }): void {
    const { tag } = this.#state.phase;
    if (tag === 'closed') return;
    this.#catchUp();
    // First in the queue: what goes back makes room, and nothing is read into it any more. While closing nothing is read anyway.
    if (tag !== 'closing') this.#events.push({ type: 'stop', why: 'unsubscribed' });
    this.#performer.tear({ inNext });
    this.#loop();
  }

  #changed(now: boolean): void {
    this.#dirty = true;
    if (now) this.#loop();
  }

  /** Changes of the window that were not worth an event of their own. */
  #catchUp(): void {
    if (this.#running || !this.#dirty) return;
    this.#dirty = false;
    this.#events.push({ type: 'window', window: this.#performer.window() });
  }

  #loop(): void {
    if (this.#running) return;
    this.#running = true;
    if (this.#turns !== undefined) return this.#turns.take(this.#inTurn);
    this.#takeAll();
    this.#running = false;
  }

  readonly #inTurn = (): void => {
    this.#takeAll();
    this.#running = false;
    this.#share?.rests(this.#state);
  };

  /** What is settled meanwhile, and no read has taken along, leaves at the end. */
  #takeAll(): void {
    const { flush } = this.#performer.session;
    flush.beginTurn();
    do for (let event = this.#take(); event !== undefined; event = this.#take()) this.#step(event);
    while (flush.endTurn());
  }

  #step(event: Event): void {
    const before = this.#state.phase.tag;
    const others = this.#share?.count(event.type === 'window' ? event.window : this.#state.window);
    const [state, effects] = step(this.#state, event, { now: this.#now(), dice: this.#dice(), others });
    this.#state = state;
    if (isOver(state.phase.tag) && !isOver(before)) this.#readsNoMore();
    for (const effect of effects) this.#performer.do(effect);
  }

  /**
   * Amid the effects of a reply: its state is settled, and what comes next is decided as if all of it were handed on. `coming`: entries of
   * it that the window does not count yet.
   */
  #readAhead(coming: number): void {
    if (this.#events.size > 0 || this.#state.phase.tag !== 'resting') return;
    this.#dirty = false;
    const window = this.#performer.window();
    this.#step({ type: 'window', window: { ...window, held: window.held + coming } });
  }

  #readsNoMore(): void {
    this.#sink.closing();
    this.#performer.readsNoMore();
  }

  /** The next event; the window's own only when no other is left and the machine minds, so that a thousand settlements are one event. */
  #take(): Event | undefined {
    const event = this.#events.shift();
    if (event !== undefined || !this.#dirty) return event;
    const window = this.#performer.window();
    if (this.#share === undefined && !minds(this.#state, window)) return undefined;
    this.#dirty = false;
    return { type: 'window', window };
  }
}

function isOver(tag: State['phase']['tag']): boolean {
  return tag === 'closing' || tag === 'closed';
}
