import { VirtualTimeScheduler } from 'rxjs';
import { expect, test } from 'vitest';
import { Timers } from '../../src/sources/timers.js';

function setUp() {
  const clock = new VirtualTimeScheduler();
  const rang: string[] = [];
  const timers = new Timers(clock, (name) => rang.push(`${name} ${clock.now()}`));
  return { clock, timers, rang };
}

test('one of each name: set again, it begins anew', () => {
  const { clock, timers, rang } = setUp();
  timers.set('quiet', 10);
  timers.set('backoff', 20);
  timers.set('quiet', 30);
  clock.flush();
  expect(rang).toEqual(['backoff 20', 'quiet 30']);
});

test('a cancelled one does not ring, and cancelling what is not set is harmless', () => {
  const { clock, timers, rang } = setUp();
  timers.set('quiet', 10);
  timers.cancel('quiet');
  timers.cancel('stall');
  clock.flush();
  expect(rang).toEqual([]);
});

test('it may be set again from inside its own ringing', () => {
  const clock = new VirtualTimeScheduler();
  const rang: number[] = [];
  const timers: Timers = new Timers(clock, () => {
    rang.push(clock.now());
    if (rang.length < 3) timers.set('stall', 5);
  });
  timers.set('stall', 5);
  clock.flush();
  expect(rang).toEqual([5, 10, 15]);
});

test('none outlives clear()', () => {
  const { clock, timers, rang } = setUp();
  timers.set('quiet', 10);
  timers.set('drain', 20);
  timers.clear();
  clock.flush();
  expect(rang).toEqual([]);
});

test('one that is set and cancelled again and again wakes nobody but once in its time', () => {
  const { clock, timers, rang } = setUp();
  const { schedule } = clock;
  let scheduled = 0;
  clock.schedule = ((...args: Parameters<typeof schedule>) => {
    scheduled += 1;
    return schedule.apply(clock, args);
  }) as typeof schedule;
  for (let i = 1; i <= 100; i++) {
    timers.set('watchdog', 1_000);
    timers.cancel('watchdog');
    clock.maxFrames = clock.frame = i;
    clock.flush();
  }
  expect(scheduled).toBe(1);
  timers.set('watchdog', 1_000);
  clock.maxFrames = 1_099;
  clock.flush();
  expect(rang).toEqual([]);
  clock.maxFrames = Infinity;
  clock.flush();
  expect([rang, scheduled]).toEqual([['watchdog 1100'], 2]);
});

test('set for a time before the last one it rings then', () => {
  const { clock, timers, rang } = setUp();
  timers.set('quiet', 100);
  timers.set('quiet', 10);
  clock.flush();
  expect(rang).toEqual(['quiet 10']);
});
