import type { StreamsError } from '../errors.js';
import type { Plan, StreamStart } from '../plan.js';
import type { Owed } from '../streams/effects.js';
import type { RedisClient } from '../wire/client.js';
import { dice } from '../wire/clock.js';
import { clientEnded } from '../wire/failures.js';
import { oneName } from '../wire/generate-name.js';
import { createPort, slotsOf, type Near } from '../wire/ioredis.js';
import type { Port } from '../wire/port.js';
import { Crew } from './crew.js';
import { explain } from './explain.js';
import type { Sink } from './sink.js';
import { seatsOf } from './seats.js';
import { ReaderCount, type SlotOf } from './slots.js';
import { whenAborted } from './when-aborted.js';

/** Whom a consumer works for, when its seat is somebody else's care. */
export type Client = Pick<Sink, 'entry' | 'end'> &
  Partial<Pick<Sink, 'nothing'>> & {
    notAdded?(stream: string, error: StreamsError): void;
    /** That stream is read no more. */
    left?(stream: string): void;
    closed?(): void;
  };

/** One subscription, or one pull consumer between `open` and `close`. */
export interface Running {
  start(): void;
  /** Pull: one more request. */
  want(): void;
  /** One more stream. Throws `CONSUMER_IN_USE`; where somebody is closing there, it waits. */
  add(stream: StreamStart): void;
  /** That stream is to be read no more, while others are; `left` says when all of it is worked off. */
  leave(stream: string): void;
  /** It is not to leave after all. Without effect where it has left already, which is told all the same. */
  stay(stream: string): void;
  /** There will be nothing more to read: what is held is worked off. */
  finish(): void;
  /** The client has gone: nothing more is handed on, from this very moment. */
  close(): void;
}

/** Where a consumer works: whose seats it takes, and how it gets to Redis. */
export interface Place {
  /** Consumers of one name on one such object know of each other: the caller's client. */
  readonly seats: object;
  readonly port: (near: Near) => Port;
  /** Which streams one command can read: those of one slot; default: all. */
  readonly slotOf?: SlotOf;
  /** From 0 up to 1: the jitter of backoffs. */
  readonly dice: () => number;
}

export function placeOf(redis: RedisClient): Place {
  return { seats: redis, port: (near) => createPort(redis, near), slotOf: slotsOf(redis), dice };
}

const NOTHING: Owed = { anchors: [], floors: [], wait: 0, takeover: [] };

/**
 * Takes the consumer's seat, drives its machine, and leaves no trace. Throws `CONSUMER_IN_USE`; where the one before is still
 * closing, `start()` waits for it and takes over what it left.
 */
export function openSource(place: Place, plan: Plan, client: Client): Running {
  const { slotOf = () => 0 } = place;
  const readers = new ReaderCount(slotOf);
  readers.add(plan.streams);
  const seats = seatsOf(place.seats);
  const occupant = seats.sit(plan);
  const { signal } = plan;
  const owner = oneName();
  // Before the seat is free there is no machine, and nothing to close.
  let crew: Crew | undefined;
  let port: Port | undefined;
  let before: (() => void)[] = [];
  const listening: (() => void)[] = [];

  const leave = (owed: Owed): void => {
    for (const stop of listening.splice(0)) stop();
    seats.leave(occupant, plan, owed);
    client.closed?.();
  };
  const abort = (): void => {
    if (crew !== undefined) return crew.dispatch({ type: 'stop', why: 'signal' });
    leave(NOTHING);
    client.end();
  };
  const sink: Sink = {
    entry: (entry) => client.entry(entry),
    end: (error) => client.end(error),
    nothing: () => client.nothing?.(),
    notAdded: ({ stream, owed, failure }) => {
      readers.remove(stream);
      seats.giveUpSeat(occupant, plan, { stream, owed });
      client.notAdded?.(stream, explain(failure, { doing: 'join', streams: [stream], plan, ended: port?.ended === true }));
    },
    left: ({ stream, owed }) => {
      readers.remove(stream);
      seats.giveUpSeat(occupant, plan, { stream, owed });
      client.left?.(stream);
    },
    closing: () => {
      occupant.closing = true;
    },
    closed: leave,
  };
  const once = (act: () => void): void => void (crew === undefined ? before.push(act) : act());

  return {
    start: () => {
      if (signal) listening.push(whenAborted(signal, abort));
      seats.whenFree(occupant, plan, (owed) => {
        const heldHere = (stream: string, id: string): boolean => seats.holdsElsewhere(occupant, stream, id);
        const portOf = (stream: string): Port => {
          const made = place.port({ stream, owner });
          port ??= made;
          return made;
        };
        const working = new Crew(plan, { port: portOf, slotOf, sink, dice: place.dice, heldHere }, owed);
        crew = working;
        occupant.holds = (stream, id) => working.holds(stream, id);
        const ended = port?.whenEnded(() => working.dispatch({ type: 'ended', failure: clientEnded() }));
        if (ended !== undefined) listening.push(ended);
        crew.dispatch({ type: 'start' });
        for (const act of before) act();
        before = [];
      });
    },
    want: () => once(() => crew?.want()),
    add: (stream) => {
      seats.checkSeat(occupant, plan, stream.stream);
      readers.add([stream]);
      seats.addSeat(occupant, plan, stream.stream);
      // Not collected before there is a machine to take it over.
      once(() =>
        seats.whenFree(occupant, { ...plan, streams: [stream] }, (owed) => {
          crew?.add({ ...stream, owed });
        }),
      );
    },
    leave: (stream) => once(() => crew?.leave(stream)),
    stay: (stream) => once(() => crew?.stay(stream)),
    finish: () => once(() => crew?.dispatch({ type: 'stop', why: 'drained' })),
    close: () => {
      // At once: `repeat()` comes again before a machine that is emitting just now has heard of its end.
      occupant.closing = true;
      if (crew === undefined) leave(NOTHING);
      else crew.tear();
    },
  };
}
