import { expect, test } from 'vitest';
import { HABITS, schedule, type FaultKind } from './schedule.js';

const kinds = (Object.keys(HABITS) as FaultKind[]).filter((kind) => HABITS[kind].often > 0);
const fifteen = { seconds: 15, every: 300, victims: 4, kinds };

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
  for (const kind of kinds) {
    expect(bag.filter((fault) => fault.kind === kind)).toHaveLength(HABITS[kind].often);
  }
});

test('what happens in the middle is in the middle, once, and everything else is as it was', () => {
  const [drawn, faults] = [schedule(1, fifteen), schedule(1, { ...fifteen, amid: 'master killed' })];
  expect(faults.filter(({ kind }) => kind === 'master killed').map(({ at }) => at)).toEqual([7_500]);
  expect(faults.filter(({ at }) => at !== 7_500)).toEqual(drawn.filter(({ at }) => at !== 7_500));
});

test('nothing happens that was not asked for', () => {
  const few = schedule(1, { ...fifteen, kinds: ['black hole', 'slot moved'] });
  expect(new Set(few.map(({ kind }) => kind))).toEqual(new Set(['black hole', 'slot moved']));
});
