import fc from 'fast-check';
import type { GroupPlan, Plan } from '../../../src/plan.js';
import { GROUP, PLAN } from '../../support/plans.js';
import { ZERO } from '../../../src/streams/position.js';

const group: fc.Arbitrary<GroupPlan> = fc
  .record({
    generated: fc.boolean(),
    createFrom: fc.constantFrom(ZERO, ZERO, '$', undefined),
    noAck: fc.constantFrom(false, false, false, true),
    startFromBacklog: fc.boolean(),
    healFrom: fc.constantFrom('last-read' as const, 'last-read' as const, '0' as const),
    claim: fc.constantFrom(undefined, undefined, { minIdle: 300, every: 100 }),
    redeliver: fc.option(
      fc.record({
        maxDeliveries: fc.constantFrom(undefined, 2, 2, 3),
        delay: fc.constantFrom(0, 10, 400).map((ms) => () => ms),
        deadLetter: fc.constant('dead'),
        maxWaiting: fc.integer({ min: 1, max: 4 }),
      }),
      { nil: undefined },
    ),
  })
  .map((chosen) => {
    const chosenAcks = chosen.noAck ? { startFromBacklog: false, claim: undefined, redeliver: undefined } : {};
    return { ...GROUP, ...chosen, ...chosenAcks };
  });

/** Every kind of consumer: in a group and alone, live and drained, by window and by demand. */
export const plan: fc.Arbitrary<Plan> = fc
  .record({
    count: fc.integer({ min: 1, max: 3 }),
    starts: fc.array(fc.constantFrom(undefined, '$', ZERO), { minLength: 3, maxLength: 3 }),
    group: fc.option(group, { nil: undefined, freq: 4 }),
    size: fc.integer({ min: 1, max: 8 }),
    refill: fc.nat({ max: 8 }),
    timeout: fc.constantFrom(0, 20, 1_000),
    until: fc.constantFrom('never' as const, 'never' as const, 'drained' as const),
    demand: fc.constantFrom('window' as const, 'window' as const, 'window' as const, 'pull' as const),
    settle: fc.constantFrom('auto' as const, 'manual' as const),
  })
  .map(({ count, starts, size, refill, timeout, until, demand, settle, ...rest }) => ({
    ...PLAN,
    streams: ['a', 'b', 'c'].slice(0, count).map((stream, i) => ({ stream, start: starts[i] })),
    group: rest.group && demand === 'pull' ? { ...rest.group, claim: undefined, redeliver: undefined } : rest.group,
    bufferSize: size,
    refillAt: Math.min(refill, size),
    demand,
    until: demand === 'pull' ? 'never' : until,
    timeout: until === 'never' && demand === 'window' ? Math.max(timeout, 20) : timeout,
    settle: rest.group === undefined ? settle : 'auto',
  }));

/** A source whose streams are lists that change. */
export const listPlan: fc.Arbitrary<Plan> = plan.map((chosen) => ({
  ...chosen,
  demand: 'window',
  timeout: chosen.until === 'never' ? Math.max(chosen.timeout, 20) : chosen.timeout,
}));

/** A pull consumer of one stream or two, to which others are added. */
export const pullPlan: fc.Arbitrary<Plan> = plan.map((chosen) => ({
  ...chosen,
  streams: chosen.streams.slice(0, 2),
  group: chosen.group && { ...chosen.group, claim: undefined, redeliver: undefined },
  demand: 'pull',
  until: 'never',
}));
