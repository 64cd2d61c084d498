/** Why an entry may be begun again: what a process had in hand when something happened to it, or to a master. */
import type { Line } from './journal.js';
import { BLOCK, LAG, MIN_IDLE, RENEW_EVERY, streamOf } from './names.js';
import type { Failover, Life } from './verdict.js';

/**
 * What it had in hand while it was stopped for so long that its leases ran out: it could not renew them, nor know that they were
 * lost. A reply that had come to its socket by then is seen when it goes on.
 */
export function heldOverStops({ lines, stops }: Life): Set<string> {
  const long = stops.filter(({ from, to }) => to - from >= MIN_IDLE - RENEW_EVERY);
  return new Set(
    inHand(lines)
      .filter(({ came, acked }) => long.some(({ from, to }) => came <= to + BLOCK && acked >= from))
      .map(({ id }) => id),
  );
}

/**
 * What it had in hand when a master died, or had acked a moment before: the next master may not know that it was delivered, nor that it
 * was acked. What that master had still sent may be read a little later.
 */
export function heldOverFailovers({ lines }: Life, failovers: readonly Failover[]): Set<string> {
  if (failovers.length === 0) return new Set();
  return new Set(
    inHand(lines)
      .filter(({ id, came, acked }) =>
        failovers.some(({ at, streams }) => streams.includes(streamOf(id)) && came <= at + BLOCK && acked >= at - LAG),
      )
      .map(({ id }) => id),
  );
}

/** From when until when it had each entry; one that came twice, twice. */
function inHand(lines: readonly Line[]): { id: string; came: number; acked: number }[] {
  const open = new Map<string, number>();
  const over = lines.flatMap(({ word, id, at }) => {
    const came = open.get(id);
    if (word === 'came' && came === undefined) open.set(id, at);
    if (word !== 'acked' || came === undefined) return [];
    open.delete(id);
    return [{ id, came, acked: at }];
  });
  return [...over, ...[...open].map(([id, came]) => ({ id, came, acked: Infinity }))];
}

/**
 * What was acked so late that it may have been another's by then: what is settled is not renewed any more, and a client that sends an
 * interrupted command again by itself tells nobody. Work takes 5 ms here, so the time from the beginning is that of the ack.
 */
export function overdue(lines: readonly Line[]): string[] {
  const begun = new Map<string, number>();
  return lines.flatMap(({ word, id, at }) => {
    const since = begun.get(id);
    if (word === 'started') begun.set(id, at);
    if (word !== 'acked' || since === undefined) return [];
    begun.delete(id);
    return at - since >= MIN_IDLE - RENEW_EVERY ? [id] : [];
  });
}
