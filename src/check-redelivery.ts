import { ms, name, outOfRange, whole, wrongType } from './checks.js';
import { exponentialDelay } from './exponential-delay.js';
import type { ClaimPlan, RedeliverPlan, StreamStart } from './plan.js';

const RENEW_EVERY = 10_000;
/** Two renewals may get lost before somebody else may claim. */
const RENEWALS_PER_IDLE = 3;

function object(option: string, value: unknown, allowed: string): Readonly<Record<string, unknown>> {
  if (typeof value !== 'object' || value === null) throw wrongType(option, value, allowed);
  return value as Readonly<Record<string, unknown>>;
}

export function checkLease(lease: unknown): number {
  if (lease === undefined) return RENEW_EVERY;
  const { renewEvery } = object('lease', lease, 'an object of renewEvery');
  return ms('lease.renewEvery', renewEvery, { least: 1 });
}

/** What `claimIdle()` can know by itself. */
export function claimPlan(value: unknown): ClaimPlan {
  const { minIdle, every } = object('claimIdle', value, 'an object of minIdle and every');
  const idle = ms('claimIdle.minIdle', minIdle, { least: 1 });
  return { minIdle: idle, every: ms('claimIdle.every', every === undefined ? Math.ceil(idle / 2) : every, { least: 1 }) };
}

export function checkClaimIdle(
  value: unknown,
  { renewEvery, noAck }: { renewEvery: number; noAck: boolean },
): ClaimPlan | undefined {
  if (value === undefined) return undefined;
  if (noAck) throw outOfRange('autoAcknowledge', true, 'false with claimIdle: without acks nothing is left behind');
  const plan = claimPlan(value);
  const least = RENEWALS_PER_IDLE * renewEvery;
  if (plan.minIdle < least) {
    throw outOfRange(
      'claimIdle.minIdle',
      plan.minIdle,
      `${least} or more: three times lease.renewEvery (${renewEvery}), or entries that are worked on would be claimed`,
    );
  }
  return plan;
}

/** What `redeliver()` can know by itself. */
export function redeliverPlan(value: unknown): RedeliverPlan {
  const options = object('redeliver', value, 'an object of maxDeliveries, delay, deadLetter and maxWaiting');
  const { maxDeliveries, deadLetter, maxWaiting = 1_000 } = options;
  const most = maxDeliveries === undefined ? undefined : whole('redeliver.maxDeliveries', maxDeliveries, { least: 1 });
  const to = deadLetter === undefined ? undefined : name('redeliver.deadLetter', deadLetter);
  if (most !== undefined && to === undefined) {
    throw wrongType('redeliver.deadLetter', undefined, 'the name of a stream: with maxDeliveries an entry has to go somewhere');
  }
  return {
    maxDeliveries: most,
    delay: checkDelay(options['delay']),
    deadLetter: to,
    maxWaiting: whole('redeliver.maxWaiting', maxWaiting, { least: 1 }),
  };
}

export function checkRedeliver(
  value: unknown,
  { streams, noAck }: { streams: readonly StreamStart[]; noAck: boolean },
): RedeliverPlan | undefined {
  if (value === undefined) return undefined;
  if (noAck) throw outOfRange('autoAcknowledge', true, 'false with redeliver: without acks nothing can come again');
  const plan = redeliverPlan(value);
  if (streams.some(({ stream }) => stream === plan.deadLetter)) {
    throw outOfRange('redeliver.deadLetter', plan.deadLetter, 'none of the streams that are read');
  }
  return plan;
}

function checkDelay(delay: unknown): RedeliverPlan['delay'] {
  if (delay === undefined) return exponentialDelay();
  if (typeof delay === 'function') {
    ms('redeliver.delay(1)', (delay as RedeliverPlan['delay'])(1, 0), { least: 0 });
    return delay as RedeliverPlan['delay'];
  }
  const fixed = ms('redeliver.delay', delay, { least: 0 });
  return () => fixed;
}
