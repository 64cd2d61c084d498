import { Redis } from 'ioredis';
import { filter, map, of } from 'rxjs';
import { afterAll, describe, expect, test } from 'vitest';
import {
  ackAfter,
  backlogFirst,
  bufferRefill,
  claimIdle,
  fromGroup,
  fromStreams,
  redeliver,
  untilDrained,
} from '../../src/index.js';
import type { Plan } from '../../src/plan.js';
import { PLAN } from '../../src/sources/source.js';

const redis = new Redis({ lazyConnect: true });
afterAll(() => {
  expect(redis.status).toBe('wait');
  redis.disconnect();
});

const source = () => fromGroup(redis, { streams: 's', group: 'g', consumer: 'me' });
const planOf = (of_: { readonly [PLAN]: Plan }) => of_[PLAN];

describe('a refiner', () => {
  test('gives a new source with another plan, and leaves the old one as it was', () => {
    const before = source();
    const after = before.pipe(backlogFirst(), bufferRefill({ size: 256, refillAt: 64 }), untilDrained({ timeout: 5 }));
    expect(planOf(after)).toMatchObject({
      bufferSize: 256,
      refillAt: 64,
      until: 'drained',
      timeout: 5,
      group: { startFromBacklog: true, consumer: 'me' },
    });
    expect(planOf(before)).toMatchObject({ bufferSize: 100, until: 'never', group: { startFromBacklog: false } });
  });

  test('may come in any order, and the last word counts', () => {
    const size = (n: number) => bufferRefill({ size: n });
    const one = source().pipe(size(10), backlogFirst(), size(20));
    expect(planOf(one)).toMatchObject({ bufferSize: 20, refillAt: 10, group: { startFromBacklog: true } });
  });

  test('bufferRefill without refillAt fills again at half, whatever was said before', () => {
    const given = fromStreams(redis, { streams: 's', bufferSize: 100, refillAt: 90 });
    expect(planOf(given.pipe(bufferRefill({ size: 8 })))).toMatchObject({ bufferSize: 8, refillAt: 4 });
  });

  test('claimIdle and redeliver say what with() says, and the last word counts for all of it', () => {
    const claim = { minIdle: 60_000, every: 5_000 };
    const dead = { maxDeliveries: 3, deadLetter: 'dead', maxWaiting: 7 };
    const refined = source().pipe(claimIdle(claim), redeliver({ ...dead, delay: 50 }));
    expect(planOf(refined).group).toMatchObject({ claim, redeliver: dead });
    expect(planOf(source().with({ claimIdle: claim, redeliver: dead })).group).toMatchObject({ claim, redeliver: dead });
    const again = planOf(refined.pipe(claimIdle({ minIdle: 30_000 }), redeliver({ maxWaiting: 9 }))).group;
    expect(again?.claim).toEqual({ minIdle: 30_000, every: 15_000 });
    expect(again?.redeliver).toMatchObject({ maxDeliveries: undefined, deadLetter: undefined, maxWaiting: 9 });
  });

  test('works on what with() gave, and pipe() without operators is the source itself', () => {
    const given = source().with({ timeout: 1_234 });
    expect(planOf(given.pipe(bufferRefill({ size: 8 })))).toMatchObject({ timeout: 1_234, bufferSize: 8 });
    expect(given.pipe()).toBe(given);
  });

  test('makes a generated name anew: both may be subscribed at once', () => {
    const given = fromGroup(redis, { streams: 's', group: 'g' });
    expect(planOf(given.pipe(bufferRefill({ size: 8 }))).group?.consumer).not.toBe(planOf(given).group?.consumer);
  });
});

describe('in the wrong place it throws a TypeError that says where it belongs', () => {
  const late = [
    ['backlogFirst', backlogFirst()],
    ['bufferRefill', bufferRefill({ size: 4 })],
    ['untilDrained', untilDrained()],
    ['claimIdle', claimIdle({ minIdle: 60_000 })],
    ['redeliver', redeliver({ deadLetter: 'dead' })],
  ] as const;

  test.each(late)('%s behind map(), filter() or a stage', (name, refiner) => {
    for (const operator of [map((x) => x), filter(() => true), ackAfter()]) {
      const pipe = () => source().pipe(operator as never, refiner as never);
      expect(pipe).toThrow(TypeError);
      expect(pipe).toThrow(`${name}() got an object (Observable)`);
      expect(pipe).toThrow('first in pipe()');
    }
  });

  test.each(late)('%s on what is no source at all', (name, refiner) => {
    for (const value of [of(1), undefined, null, 'source', {}]) {
      expect(() => (refiner as (value: unknown) => unknown)(value)).toThrow(TypeError);
      expect(() => (refiner as (value: unknown) => unknown)(value)).toThrow(name);
    }
  });

  test.each([
    ['backlogFirst', backlogFirst()],
    ['claimIdle', claimIdle({ minIdle: 60_000 })],
    ['redeliver', redeliver()],
  ] as const)('%s on fromStreams, which has no pending entries', (name, refiner) => {
    const pipe = () => fromStreams(redis, { streams: 's' }).pipe(refiner as never);
    expect(pipe).toThrow(TypeError);
    expect(pipe).toThrow(`${name}() behind fromStreams()`);
    expect(pipe).toThrow('only a group has pending entries');
  });
});
