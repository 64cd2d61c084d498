import { Observable, type OperatorFunction } from 'rxjs';
import { publishes } from '../channels.js';
import { kindOf, name, wrongType } from '../checks.js';
import type { Delivery, FieldValue } from '../entry.js';
import { flatOf, type Outgoing } from '../outgoing.js';
import { isSettleable, SETTLEMENT } from '../settlement.js';
import { planTrim, trimNow, type TrimOptions } from '../trimming.js';
import { announced } from './announced.js';
import { planAckAfter, type AckAfterOptions } from './ack-after-options.js';
import { isFollowable, isThenable, type Followed } from './followed.js';
import { noEntry } from './owed.js';
import { WorkStage } from './work-stage.js';

/** What `forwardTo` works on. */
type Forwardable = Delivery<unknown, FieldValue>;

/** What `forwardTo` takes beside the stream and the project: the options of `ackAfter`, and how the stream is kept short. */
export interface ForwardOptions<D> extends AckAfterOptions<D>, TrimOptions {}

/** What a project makes of a delivery: the fields of the new entry, or nothing, which is only an ack. */
type Made = Outgoing | undefined | void;

/**
 * A stage: does the work for each delivery of `fromGroup`, adds its result to another stream, and acks the delivery, both in one script.
 *
 * Use it between two stages of work, where no result may come twice: the XADD and the XACK happen together or not at all, and only while
 * the entry still is ours. So each entry that is acked has exactly one result in the other stream, through crashes, lost replies and
 * claims; the work itself may run twice. It is `ackAfter` in all else: `concurrency`, `key`, `onError`, and when it ends.
 *
 * ```
 * source       --a--b--------|
 * project        a: --x|  b: --y|
 * result       ----x--y------|      forwardTo('out', project)
 * XADD out     ----x--y-------
 * acks         ----a--b-------
 * ```
 *
 * `project` gives the fields, as an object or a list of pairs, or a promise of them; `undefined` adds nothing and acks. Without a
 * project the fields are those of the entry. It emits what the project gave, when it is settled: the ids of new entries are in the
 * notice `forwarded`. Results are added in the order in which the work ends.
 *
 * @example
 * ```ts
 * fromGroup(redis, { streams: 'orders', group: 'billing', consumer: 'one' })
 *   .pipe(forwardTo('invoices', async (order) => ({ order: order.id, total: await charge(order.fields) }), { maxLength: 100_000 }))
 *   .subscribe({ error: report });
 * ```
 *
 * What can go wrong:
 * - Another hash slot of a Cluster: stops with `OTHER_SLOT`, before any work where the stream is a name. Where it is a function, that is
 *   a failure of the entry, for `onError`.
 * - An entry that owes no ack (`fromStreams`, `autoAcknowledge`), an array, what is no entry: a `TypeError`; use `publishTo`.
 * - What is no fields: a failure of the entry, for `onError`, as is a project that throws or rejects.
 * - Redis refuses the script for good: stops with `ACK_REFUSED`, and the entries stay pending. Lost connections are tried again.
 * - Another consumer has claimed the entry: nothing is added here, and that is told (`lease-lost`).
 * - Wrong options throw a `TypeError` or a `RangeError` at the call.
 *
 * @see {@link publishTo} where the other stream is elsewhere, {@link ackAfter} where there is none
 */
export function forwardTo<D extends Forwardable>(
  stream: string | ((delivery: D) => string),
  project?: undefined,
  options?: ForwardOptions<D>,
): OperatorFunction<D, D>;
export function forwardTo<D extends Forwardable, R extends Made | PromiseLike<Made>>(
  stream: string | ((delivery: D) => string),
  project: (delivery: D, index: number) => R,
  options?: ForwardOptions<D>,
): OperatorFunction<D, Followed<R>>;
export function forwardTo<D extends Forwardable>(
  stream: string | ((delivery: D) => string),
  project?: (delivery: D, index: number) => unknown,
  options: ForwardOptions<D> = {},
): OperatorFunction<D, unknown> {
  const to = typeof stream === 'function' ? stream : name('stream', stream);
  const plan = planAckAfter<D>(project, options);
  const trim = planTrim(options);
  const work = (delivery: D, index: number): unknown => {
    const made = project === undefined ? delivery : project(delivery, index);
    if (isFollowable(made) && !isThenable(made)) throw wrongType('the result of project', made, 'fields, or a promise of them');
    return made;
  };
  return (source) =>
    new Observable((downstream) => {
      const stage = new WorkStage<D>({ ...plan, project: work, downstream, admit, done, ...(project && { stage: 'forwardTo' }) });
      stage.live(source);
    });

  /** Nothing is begun that cannot be settled. */
  function admit(value: D): Error | undefined {
    if (!isSettleable(value)) return noEntry('forwardTo', 'deliveries, one by one,', value);
    if (typeof to === 'function') return undefined;
    try {
      value[SETTLEMENT].checkForward(to);
      return undefined;
    } catch (refusal) {
      return refusal as Error;
    }
  }

  function done(made: unknown, delivery: D): void {
    if (!isSettleable(delivery)) return;
    if (made === undefined) return delivery[SETTLEMENT].settle('acked');
    const fields = flatOf(made === delivery ? delivery.pairs : made, { from: 'the result of project' });
    const what = { to: typeof to === 'function' ? target(to(delivery)) : to, fields, trim: trimNow(trim) };
    const settlement = delivery[SETTLEMENT];
    if (!publishes.hasSubscribers || settlement.settled) return settlement.forward(what);
    settlement.checkForward(what.to);
    settlement.forward(announced(what, delivery));
  }
}

/** It may come of the entry, so it is not quoted. */
function target(stream: unknown): string {
  if (typeof stream === 'string' && stream !== '') return stream;
  throw new TypeError(`the stream of an entry is ${kindOf(stream)}, but must be a name.`);
}
