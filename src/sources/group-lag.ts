import { defer, type Observable } from 'rxjs';
import { planLag } from '../check-lag-options.js';
import type { GroupLag } from '../lag.js';
import type { GroupLagOptions } from '../options.js';
import { checkClient, type RedisClient } from '../wire/client.js';
import { dice } from '../wire/clock.js';
import { createPort } from '../wire/ioredis.js';
import { watchLag } from './watch-lag.js';

/**
 * How far behind a group is, as a cold Observable: one look at subscription, then one every `every` ms, and never two at once.
 *
 * Use it for dashboards, alarms and autoscaling. Each look has, for every stream and in total, the length, the `lag` (entries that no
 * consumer has got yet), what is `pending` and since when, how many seconds the group is `behind`, and its consumers. It reads no
 * entry as a consumer and changes nothing.
 *
 * ```
 * look at:    L----L----L----L--     every
 * groupLag:   -a----b----c----d-     the answer takes a moment
 * ```
 *
 * @example
 * ```ts
 * groupLag(redis, { streams: ['orders', 'returns'], group: 'billing' })
 *   .pipe(filter(({ total }) => total.behind > 60))
 *   .subscribe({ next: ({ total }) => console.warn(`billing is ${total.behind} s behind`), error: report });
 * ```
 *
 * `lag` is `exact` as a rule; see `lagIs`. Where Redis does not know it (a group made in the middle of a stream, entries deleted ahead
 * of it), and at the first look at a group in the middle of a stream, up to 10,000 entries are read through your client to count them.
 * Ages come from ids and Redis's clock, so they mean nothing in streams whose ids are no times.
 *
 * Throws `TypeError` and `RangeError` for wrong options at once. Errors by code: `NO_GROUP` (it makes none), `NOT_ALLOWED`,
 * `WRONG_TYPE`, `CLIENT_ENDED`, `REFUSED`; see docs/errors.md. Lost connections are no errors: the look is tried again, 50 ms to 5 s
 * apart, for ever, and told to `notify`. `every` is in ms, 5,000 by default. {@link whenIdle} does not wait for it: it ends with
 * `unsubscribe()`, at once.
 *
 * @see {@link fromGroup}, {@link whenIdle}
 */
export function groupLag(redis: RedisClient, options: GroupLagOptions): Observable<GroupLag> {
  const client = checkClient(redis);
  const plan = planLag(options);
  return defer(() => watchLag(plan, { port: createPort(client), dice }));
}
