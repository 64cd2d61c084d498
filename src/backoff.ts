/** First delay, and the bound of every later one, in ms. */
const BACKOFF = { first: 50, most: 5_000 } as const;

/**
 * How long to wait before the given attempt (1 is the first retry): 50 ms doubled each time up to 5 s, of which the upper half is
 * jitter, so that consumers that lost the same server do not come back in step. At most 5,000 ms.
 */
export function backoff(attempt: number, dice: number): number {
  const full = Math.min(BACKOFF.first * 2 ** Math.min(attempt - 1, 20), BACKOFF.most);
  return Math.round(full / 2 + (full / 2) * dice);
}
