import type { Line } from './journal.js';
import { BLOCK, MIN_IDLE, RENEW_EVERY } from './names.js';

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

export interface Verdict {
  readonly sent: number;
  readonly done: number;
  /** In the stream, and never done by anybody. */
  readonly lost: readonly string[];
  /** Done, and not in the stream. */
  readonly unknown: readonly string[];
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
  /** No more duplicates than that: all four together, an entry of a process that is several of them once. */
  readonly bound: number;
  /** Entries that were begun again more often than deaths, stops, leases and acks account for. */
  readonly unexplained: readonly string[];
}

/**
 * Compares what was sent with what each process wrote down. The bound is counted from what happened to the processes and not from the
 * duplicates, and it has to hold for every single entry, not only for the sum.
 */
export function verdict(sent: readonly string[], lives: readonly Life[]): Verdict {
  const starts = new Map<string, number>();
  const excuses = new Map<string, number>();
  const done = new Set<string>();
  const count = { heldAtDeaths: 0, heldOverStops: 0, lostLeases: 0, unconfirmedAcks: 0, bound: 0 };
  const more = (counts: Map<string, number>, id: string): void => void counts.set(id, (counts.get(id) ?? 0) + 1);

  for (const life of lives) {
    const { killed, lines } = life;
    const of = (word: Line['word']): string[] => lines.filter((line) => line.word === word).map(({ id }) => id);
    for (const id of of('started')) more(starts, id);
    for (const id of of('done')) done.add(id);
    const confirmed = new Set(of('acked'));
    const held = new Set(killed ? of('started').filter((id) => !confirmed.has(id)) : []);
    const [leases, acks] = [new Set(of('lost')), new Set([...of('doubted'), ...overdue(lines)])];
    const over = heldOverStops(life);
    count.heldAtDeaths += held.size;
    count.heldOverStops += over.length;
    count.lostLeases += leases.size;
    count.unconfirmedAcks += acks.size;
    const reasons = new Set([...held, ...over, ...leases, ...acks]);
    count.bound += reasons.size;
    for (const id of reasons) more(excuses, id);
  }

  const known = new Set(sent);
  const again = [...starts].map(([id, times]) => ({ id, times: times - 1 }));
  return {
    sent: known.size,
    done: done.size,
    lost: sent.filter((id) => !done.has(id)),
    unknown: [...done].filter((id) => !known.has(id)),
    duplicates: again.reduce((sum, { times }) => sum + times, 0),
    ...count,
    unexplained: again.filter(({ id, times }) => times > (excuses.get(id) ?? 0)).map(({ id }) => id),
  };
}

/**
 * What it had in hand while it was stopped for so long that its leases ran out: it could not renew them, nor know that they were
 * lost. A reply that had come to its socket by then is seen when it goes on.
 */
function heldOverStops({ lines, stops }: Life): string[] {
  const long = stops.filter(({ from, to }) => to - from >= MIN_IDLE - RENEW_EVERY);
  const times = (word: Line['word']): Map<string, number> =>
    new Map(lines.filter((line) => line.word === word).map(({ id, at }) => [id, at]));
  const acked = times('acked');
  return [...times('came')].flatMap(([id, came]) =>
    long.some(({ from, to }) => came <= to + BLOCK && (acked.get(id) ?? Infinity) >= from) ? [id] : [],
  );
}

/**
 * What was acked so late that it may have been another's by then: what is settled is not renewed any more, and a client that sends an
 * interrupted command again by itself tells nobody. Work takes 5 ms here, so the time from the beginning is that of the ack.
 */
function overdue(lines: readonly Line[]): string[] {
  const begun = new Map<string, number>();
  return lines.flatMap(({ word, id, at }) => {
    const since = begun.get(id);
    if (word === 'started') begun.set(id, at);
    if (word !== 'acked' || since === undefined) return [];
    begun.delete(id);
    return at - since >= MIN_IDLE - RENEW_EVERY ? [id] : [];
  });
}
