import { planReplay } from '../check-replay-options.js';
import type { ReplayOptions } from '../options.js';
import type { Replayed } from '../replayed.js';
import { checkClient, type RedisClient } from '../wire/client.js';
import { createLetters } from '../wire/letters.js';
import { replay } from './replay.js';

/**
 * Puts dead letters back to where they came from, once what they died of is mended. Without `dryRun: false` it only counts them.
 *
 * Use it by hand or in a script. It goes through the dead-letter stream once, up to what was its last entry at the call. For each
 * letter one script adds the fields it had at first (without those that name its origin) to the stream it came from, or to `to`, and
 * deletes it from the dead letters: whoever runs it twice, or two at once, puts nothing back twice. The entry gets a new id at the end
 * of the stream, its deliveries are counted from 1, and every group of that stream gets it.
 *
 * @example
 * ```ts
 * const would = await replayDeadLetters(redis, { from: 'orders:dead' });
 * console.log(`${would.found} dead letters`, would.streams);
 * const did = await replayDeadLetters(redis, { from: 'orders:dead', dryRun: false });
 * ```
 *
 * Entries that no `redeliver()` has put there are left where they are and counted as `foreign`. Throws `TypeError` and `RangeError` for
 * wrong options at once. Rejects by code: `NOT_ALLOWED`, `WRONG_TYPE`, `CLIENT_ENDED`, `REFUSED`; see docs/errors.md; when the
 * connection is lost, with the error of the client. What was put back until then is put back: call it again.
 *
 * @see {@link redeliver}
 */
export function replayDeadLetters(redis: RedisClient, options: ReplayOptions): Promise<Replayed> {
  const letters = createLetters(checkClient(redis));
  const replaying = replay(planReplay(options), letters);
  return new Promise((resolve, reject) => void replaying.subscribe({ next: resolve, error: reject }));
}
