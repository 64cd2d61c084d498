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
