import { heldOverFailovers, heldOverStops, overdue } from './excuses.js';
import type { Line } from './journal.js';
import { LAG, streamOf, timeOf } from './names.js';

/** One process that consumed, from its start to its end. */
export interface Life {
  readonly name: string;
  /** Killed with -9; otherwise it ended by itself, when it was asked to. */
  readonly killed: boolean;
  readonly lines: readonly Line[];
  /** When it was stopped and went on, in ms since the epoch. */
  readonly stops: readonly Stop[];
}

export interface Stop {
  readonly from: number;
  readonly to: number;
}

/** A master was killed, and its replica took its place, which knows nothing of what that had not passed on. */
export interface Failover {
  /** The moment of its death, in ms since the epoch. */
  readonly at: number;
  /** What it had. */
  readonly streams: readonly string[];
}

export interface Verdict {
  readonly sent: number;
  readonly done: number;
  /** In a stream, and never done by anybody. */
  readonly lost: readonly string[];
  /** Done, and not in a stream. */
  readonly unknown: readonly string[];
  /** Confirmed to the producer, and not in a stream. */
  readonly vanished: readonly string[];
  /** Confirmed or done, and gone with a master that had not passed it on: of those two not counted. */
  readonly notReplicated: number;
  /** How often an entry was begun beyond the first time, all together. */
  readonly duplicates: number;
  /** What was begun by a process that was killed before it knew its ack confirmed. */
  readonly heldAtDeaths: number;
  /** In the hands of a process while it was stopped for longer than its leases last. */
  readonly heldOverStops: number;
  /** Told by a living process: its lease is lost. */
  readonly lostLeases: number;
  /** Told by a living process: its ack has failed on the way. Or it was out for longer than a lease lasts. */
  readonly unconfirmedAcks: number;
  /** In hand when a master died, or acked so short before that the ack was not passed on. */
  readonly heldOverFailovers: number;
  /** No more duplicates than that: all of these together, an entry of a process that is several of them once. */
  readonly bound: number;
  /** Entries that were begun again more often than deaths, stops, leases, acks and failovers account for. */
  readonly unexplained: readonly string[];
}

export interface Beside {
  /** What the producer was told is there. */
  readonly confirmed?: readonly string[];
  readonly failovers?: readonly Failover[];
}

/**
 * Compares what was sent with what each process wrote down. The bound is counted from what happened to the processes and not from the
 * duplicates, and it has to hold for every single entry, not only for the sum.
 */
export function verdict(
  sent: readonly string[],
  lives: readonly Life[],
  { confirmed: told = [], failovers = [] }: Beside = {},
): Verdict {
  const starts = new Map<string, number>();
  const excuses = new Map<string, number>();
  const done = new Set<string>();
  const count = { heldAtDeaths: 0, heldOverStops: 0, lostLeases: 0, unconfirmedAcks: 0, heldOverFailovers: 0, bound: 0 };
  const more = (counts: Map<string, number>, id: string): void => void counts.set(id, (counts.get(id) ?? 0) + 1);

  for (const life of lives) {
    const { killed, lines } = life;
    const of = (word: Line['word']): string[] => lines.filter((line) => line.word === word).map(({ id }) => id);
    for (const id of of('started')) more(starts, id);
    for (const id of of('done')) done.add(id);
    const confirmed = new Set(of('acked'));
    const held = new Set(killed ? of('started').filter((id) => !confirmed.has(id)) : []);
    const [leases, acks] = [new Set(of('lost')), new Set([...of('doubted'), ...overdue(lines)])];
    const [over, lag] = [heldOverStops(life), heldOverFailovers(life, failovers)];
    count.heldAtDeaths += held.size;
    count.heldOverStops += over.size;
    count.lostLeases += leases.size;
    count.unconfirmedAcks += acks.size;
    count.heldOverFailovers += lag.size;
    const reasons = new Set([...held, ...over, ...leases, ...acks, ...lag]);
    count.bound += reasons.size;
    for (const id of reasons) more(excuses, id);
  }

  const known = new Set(sent);
  const again = [...starts].map(([id, times]) => ({ id, times: times - 1 }));
  const wentWithMaster = (id: string): boolean =>
    failovers.some(({ at, streams }) => streams.includes(streamOf(id)) && timeOf(id) >= at - LAG && timeOf(id) <= at);
  const absent = (ids: Iterable<string>): string[] => [...ids].filter((id) => !known.has(id));
  return {
    sent: known.size,
    done: done.size,
    lost: sent.filter((id) => !done.has(id)),
    unknown: absent(done).filter((id) => !wentWithMaster(id)),
    vanished: absent(told).filter((id) => !wentWithMaster(id)),
    notReplicated: absent(new Set([...told, ...done])).filter(wentWithMaster).length,
    duplicates: again.reduce((sum, { times }) => sum + times, 0),
    ...count,
    unexplained: again.filter(({ id, times }) => times > (excuses.get(id) ?? 0)).map(({ id }) => id),
  };
}
