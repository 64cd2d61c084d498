import { expect, test } from 'vitest';
import type { Plan } from '../../src/plan.js';
import type { Window } from '../../src/streams/events.js';
import { minds } from '../../src/streams/minds.js';
import { batch, IN_GROUP, replied, Script } from './script.js';

const plan: Plan = { ...IN_GROUP, bufferSize: 10, refillAt: 5, stallAfter: 2_000 };
const window = (part: Partial<Window>): Window => ({ held: 8, taken: 0, unconfirmed: 0, settled: 0, failing: false, ...part });

test('while a read is out nothing of the window matters, but acks that fail', () => {
  const { state } = new Script(plan).connected();
  expect(minds(state, window({ held: 0 }))).toBe(false);
  expect(minds(state, window({ failing: true }))).toBe(true);
});

test('what waits for more to be settled minds when it is enough, and when there is no room left', () => {
  const { state } = new Script(plan)
    .connected()
    .play(replied(batch('s', '6-0')))
    .window({ held: 8 });
  expect(minds(state, window({ held: 6 }))).toBe(false);
  expect(minds(state, window({ held: 5 }))).toBe(true);
  expect(minds(state, window({ held: 10 }))).toBe(true);
  expect(minds(state, window({ unconfirmed: 11 }))).toBe(true);
});

test('what waits for room minds all of it, and so does what closes', () => {
  const script = new Script(plan)
    .connected()
    .play(replied(batch('s', '6-0')))
    .window({ held: 10 });
  expect(minds(script.state, window({ held: 9 }))).toBe(true);
  expect(minds(script.play({ type: 'stop', why: 'unsubscribed' }).state, window({}))).toBe(true);
});
