import { expect, test } from 'vitest';
import { runChild } from '../support/child.js';

test('the kit works in the runner of Node', async () => {
  const { code, lines, stderr } = await runChild('test/testing/children/node-test.ts').ended;
  expect([code, stderr]).toEqual([0, '']);
  expect(lines.join('\n')).toMatch(/^# pass 1$/m);
});

test('the kit works in jest, and the in-memory Redis with its fake timers', { timeout: 120_000 }, async () => {
  const { code, lines, stderr } = await runChild('test/testing/children/jest/run.ts').ended;
  expect({ code, lines }, stderr).toEqual({ code: 0, lines: ['marbles: passed', 'fake timers: passed'] });
});
