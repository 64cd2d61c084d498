import type { Plan, StreamStart } from '../plan.js';
import type { Owed } from '../streams/effects.js';
import type { Event } from '../streams/events.js';
import type { Port } from '../wire/port.js';
import { Asked } from './asked.js';
import { SharedWindow } from './shared-window.js';
import { Drive } from './drive.js';
import { Gathering } from './gathering.js';
import type { Sink } from './sink.js';
import { bySlot, type SlotOf } from './slots.js';
import { teller } from './tell.js';
import { Turns } from './turns.js';

export interface CrewEnv {
  readonly sink: Sink;
  /** To the server that has this stream. */
  readonly port: (stream: string) => Port;
  readonly slotOf: SlotOf;
  readonly dice: () => number;
  readonly heldHere: (stream: string, id: string) => boolean;
}

/** One reader, and how many streams it was given. */
interface Reader {
  readonly drive: Drive;
  readonly leave: () => void;
  streams: number;
}

/**
 * The readers of one subscription, one for each slot: one, where the client is no Cluster. They share a window, work one at a time, and
 * end together.
 */
export class Crew {
  readonly #plan: Plan;
  readonly #env: CrewEnv;
  readonly #turns = new Turns();
  readonly #window: SharedWindow | undefined;
  readonly #gathering: Gathering;
  readonly #readers = new Map<number, Reader>();
  readonly #asked = new Asked<Reader>((reader) => reader.drive.dispatch({ type: 'unwanted' }));

  constructor(plan: Plan, env: CrewEnv, owed: Owed | undefined) {
    this.#plan = plan;
    this.#env = env;
    this.#gathering = new Gathering({
      sink: env.sink,
      tell: teller(plan.notify),
      failed: () => this.dispatch({ type: 'stop', why: 'signal' }),
    });
    const groups = bySlot(plan.streams, env.slotOf);
    if (groups.size > 1 && plan.demand === 'window') this.#window = new SharedWindow(plan);
    for (const [slot, streams] of groups) this.#open(slot, streams, owed && of(streams, owed));
  }

  /** To all of them, before any of them acts. */
  dispatch(event: Event): void {
    this.#turns.hold(() => {
      for (const { drive } of this.#readers.values()) drive.dispatch(event);
    });
  }

  /** Pull: one more request. */
  want(): void {
    for (const reader of this.#readers.values()) this.#asked.add(reader);
    this.dispatch({ type: 'wanted' });
  }

  /** Pull: one more stream. */
  add(added: StreamStart & { owed: Owed | undefined }): void {
    const slot = this.#env.slotOf(added.stream);
    this.#turns.hold(() => {
      const there = this.#readers.get(slot);
      const reader = there ?? this.#open(slot, [], undefined, added.stream);
      reader.streams += 1;
      if (there === undefined) reader.drive.dispatch({ type: 'start' });
      reader.drive.dispatch({ type: 'stream-added', ...added });
      if (there !== undefined || !this.#asked.some) return;
      this.#asked.add(reader);
      reader.drive.dispatch({ type: 'wanted' });
    });
  }

  holds(stream: string, id: string): boolean {
    return this.#readers.get(this.#env.slotOf(stream))?.drive.holds(stream, id) === true;
  }

  /** The subscriber has gone: nothing more is handed on, from this very moment. */
  tear(): void {
    const drives = [...this.#readers.values()].map(({ drive }) => drive);
    const inNext = drives.some((drive) => drive.isInNext);
    this.#turns.hold(() => {
      for (const drive of drives) drive.tear({ inNext });
    });
  }

  #open(slot: number, streams: readonly StreamStart[], owed: Owed | undefined, near = streams[0]?.stream ?? ''): Reader {
    const { sink, port, dice, heldHere } = this.#env;
    const { tell, leave, ...ends } = this.#gathering.reader();
    const drive = new Drive(
      { ...this.#plan, streams },
      {
        ...{ port: port(near), dice, heldHere, tell, turns: this.#turns, window: this.#window },
        anew: () => {
          for (const other of this.#readers.values()) if (other.drive !== drive) other.drive.saveAgain();
        },
        sink: {
          ...ends,
          entry: (entry) => {
            this.#asked.answered(reader);
            sink.entry(entry);
          },
          nothing: () => {
            if (this.#asked.empty(reader)) sink.nothing();
          },
          notAdded: (added) => {
            sink.notAdded(added);
            reader.streams -= 1;
            if (reader.streams === 0) this.#close(slot, reader);
          },
        },
      },
      owed,
    );
    const reader: Reader = { drive, leave, streams: streams.length };
    this.#readers.set(slot, reader);
    return reader;
  }

  /** It was made for a stream that is not read after all. */
  #close(slot: number, reader: Reader): void {
    if (this.#readers.size === 1) return;
    this.#readers.delete(slot);
    reader.leave();
    if (this.#asked.empty(reader)) this.#env.sink.nothing();
    reader.drive.tear();
  }
}

/** What is owed in these streams. */
function of(streams: readonly StreamStart[], { anchors, floors, wait, takeover }: Owed): Owed {
  const names = new Set(streams.map(({ stream }) => stream));
  return {
    anchors: anchors.filter(([stream]) => names.has(stream)),
    floors: floors.filter(([stream]) => names.has(stream)),
    wait,
    takeover: takeover.filter(({ stream }) => names.has(stream)),
  };
}
