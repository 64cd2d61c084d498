export const GROUP = 'g';
/** ms of a single blocking read. */
export const BLOCK = 500;
/** ms untouched, after which another consumer claims an entry. */
export const MIN_IDLE = 1_500;
/** ms from one renewal of the leases to the next. */
export const RENEW_EVERY = 500;

/** ms that a replica is behind its master at most: it is sent everything in the same turn as the client. */
export const LAG = 100;

/** An entry, in journals and verdicts: ids are unique in their stream only. */
export function nameOf(stream: string, id: string): string {
  return `${stream}/${id}`;
}

export function streamOf(name: string): string {
  return name.slice(0, name.lastIndexOf('/'));
}

/** When its server took it in, in ms since the epoch: ids are made of that. */
export function timeOf(name: string): number {
  return Number(/(\d+)-\d+$/.exec(name)?.[1]);
}
