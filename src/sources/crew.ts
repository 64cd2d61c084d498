import type { Plan, StreamStart } from '../plan.js';
import type { Owed } from '../streams/effects.js';
import type { Event } from '../streams/events.js';
import { ifAny } from '../streams/unhealed.js';
import type { Port } from '../wire/port.js';
import { Asked } from './asked.js';
import { SharedWindow } from './shared-window.js';
import { Drive } from './drive.js';
import { Gathering } from './gathering.js';
import type { Sink } from './sink.js';
import { MOST_STREAMS, sharesOf, type SlotOf } from './slots.js';
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

/** One reader, and its streams. */
interface Reader {
  readonly slot: number;
  readonly drive: Drive;
  readonly leave: () => void;
  readonly streams: Set<string>;
}

/**
 * The readers of one subscription, one for each slot and for so many streams: mostly one. They share a window, work one at a time, and
 * end together.
 */
export class Crew {
  readonly #plan: Plan;
  readonly #env: CrewEnv;
  readonly #turns = new Turns();
  readonly #window: SharedWindow | undefined;
  readonly #gathering: Gathering;
  readonly #readers = new Set<Reader>();
  readonly #readerOf = new Map<string, Reader>();
  readonly #asked = new Asked<Reader>((reader) => reader.drive.dispatch({ type: 'unwanted' }));

  constructor(plan: Plan, env: CrewEnv, owed: Owed | undefined) {
    this.#plan = plan;
    this.#env = env;
    this.#gathering = new Gathering({
      sink: env.sink,
      tell: teller(plan.notify),
      failed: () => this.dispatch({ type: 'stop', why: 'signal' }),
    });
    const shares = sharesOf(plan.streams, env.slotOf);
    const several = shares.length > 1 || plan.lists !== undefined;
    if (several && plan.demand === 'window') this.#window = new SharedWindow(plan);
    for (const { slot, streams } of shares) this.#open(slot, streams, owed && of(streams, owed));
  }

  /** To all of them, before any of them acts. */
  dispatch(event: Event): void {
    this.#turns.hold(() => {
      for (const { drive } of [...this.#readers]) drive.dispatch(event);
    });
  }

  /** Pull: one more request. */
  want(): void {
    for (const reader of this.#readers) this.#asked.add(reader);
    this.dispatch({ type: 'wanted' });
  }

  /** One more stream. */
  add(added: StreamStart & { owed: Owed | undefined }): void {
    const slot = this.#env.slotOf(added.stream);
    this.#turns.hold(() => {
      const there = [...this.#readers].find((each) => each.slot === slot && each.streams.size < MOST_STREAMS);
      const reader = there ?? this.#open(slot, [], undefined, added.stream);
      reader.streams.add(added.stream);
      this.#readerOf.set(added.stream, reader);
      if (there === undefined) reader.drive.dispatch({ type: 'start' });
      reader.drive.dispatch({ type: 'stream-added', ...added });
      if (there !== undefined || !this.#asked.some) return;
      this.#asked.add(reader);
      reader.drive.dispatch({ type: 'wanted' });
    });
  }

  /** That stream is to be read no more. */
  leave(stream: string): void {
    this.#readerOf.get(stream)?.drive.dispatch({ type: 'stream-left', stream });
  }

  /** It is not to leave after all. */
  stay(stream: string): void {
    this.#readerOf.get(stream)?.drive.dispatch({ type: 'stream-stays', stream });
  }

  holds(stream: string, id: string): boolean {
    return this.#readerOf.get(stream)?.drive.holds(stream, id) === true;
  }

  /** The subscriber has gone: nothing more is handed on, from this very moment. */
  tear(): void {
    const drives = [...this.#readers].map(({ drive }) => drive);
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
          for (const other of this.#readers) if (other.drive !== drive) other.drive.saveAgain();
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
            this.#without(added.stream, reader);
          },
          left: (left) => {
            this.#without(left.stream, reader);
            sink.left(left);
          },
        },
      },
      owed,
    );
    const reader: Reader = { slot, drive, leave, streams: new Set(streams.map(({ stream }) => stream)) };
    this.#readers.add(reader);
    for (const { stream } of streams) this.#readerOf.set(stream, reader);
    return reader;
  }

  #without(stream: string, reader: Reader): void {
    reader.streams.delete(stream);
    this.#readerOf.delete(stream);
    if (reader.streams.size === 0) this.#close(reader);
  }

  /** It has nothing to read any more. The last one stays: there is one life for all. */
  #close(reader: Reader): void {
    if (this.#readers.size === 1) return;
    this.#readers.delete(reader);
    reader.leave();
    reader.drive.unshare();
    if (this.#asked.empty(reader)) this.#env.sink.nothing();
    reader.drive.tear();
  }
}

/** What is owed in these streams. */
function of(streams: readonly StreamStart[], { anchors, floors, wait, takeover, unhealed = [] }: Owed): Owed {
  const names = new Set(streams.map(({ stream }) => stream));
  return {
    anchors: anchors.filter(([stream]) => names.has(stream)),
    floors: floors.filter(([stream]) => names.has(stream)),
    wait,
    takeover: takeover.filter(({ stream }) => names.has(stream)),
    unhealed: ifAny(unhealed.filter((stream) => names.has(stream))),
  };
}
