import { expect, test } from 'vitest';
import { HABITS, schedule, type FaultKind } from './schedule.js';

const fifteen = { seconds: 15, every: 300, victims: 4 };

test('one every 300 ms, each for a consumer that there is and within its time', () => {
  const faults = schedule(1, fifteen);
  expect(faults.map(({ at }) => at)).toEqual(Array.from({ length: 49 }, (_, i) => 300 * (i + 1)));
  for (const { kind, victim, ms, dice } of faults) {
    expect([0, 1, 2, 3]).toContain(victim);
    expect(ms).toBeGreaterThanOrEqual(HABITS[kind].ms[0]);
    expect(ms).toBeLessThanOrEqual(HABITS[kind].ms[1]);
    expect(dice).toBeGreaterThanOrEqual(0);
    expect(dice).toBeLessThan(1);
  }
});

test('the same seed gives the same faults, another one others', () => {
  expect(schedule(7, fifteen)).toEqual(schedule(7, fifteen));
  expect(schedule(8, fifteen)).not.toEqual(schedule(7, fifteen));
});

test.each([1, 2, 3, 4, 5])('no kind is missing in 15 s, and each is as frequent as it is to be (seed %i)', (seed) => {
  const often = Object.values(HABITS).reduce((sum, habit) => sum + habit.often, 0);
  const bag = schedule(seed, fifteen).slice(0, often);
  for (const kind of Object.keys(HABITS) as FaultKind[]) {
    expect(bag.filter((fault) => fault.kind === kind)).toHaveLength(HABITS[kind].often);
  }
});
