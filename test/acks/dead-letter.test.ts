import { runInNewContext } from 'node:vm';
import { describe, expect, test } from 'vitest';
import { deadLetterOf, noDeadLetter, spent } from '../../src/acks/dead-letter.js';

class Overdrawn extends Error {
  override readonly name = 'Overdrawn';
}

const cycle: { self?: unknown } = {};
cycle.self = cycle;

describe('a dead letter has a name and a message, whatever was thrown', () => {
  test.each<[string, unknown, string, string]>([
    ['an error', new TypeError('bad'), 'TypeError', 'bad'],
    ['an error of one’s own', new Overdrawn('by 5'), 'Overdrawn', 'by 5'],
    ['an error of another realm, as Jest has them', runInNewContext('new RangeError("far")'), 'RangeError', 'far'],
    ['nothing', undefined, 'Rejected', ''],
    ['null', null, 'object', 'null'],
    ['text', 'too late', 'string', 'too late'],
    ['empty text', '', 'string', ''],
    ['a number', 5, 'number', '5'],
    ['a symbol', Symbol('why'), 'symbol', 'Symbol(why)'],
    ['an object', { why: 'late' }, 'object', '{"why":"late"}'],
    ['an object that JSON cannot hold', cycle, 'object', 'an object that JSON cannot hold'],
  ])('%s', (_, reason, name, message) => {
    expect(deadLetterOf('1-0', reason)).toEqual({ id: '1-0', name, message });
  });

  test('an object with a getter that throws', () => {
    const hostile = {
      get why(): string {
        throw new Error('not that one');
      },
    };
    expect(deadLetterOf('1-0', hostile)).toMatchObject({ name: 'object', message: 'an object that JSON cannot hold' });
  });

  test('text for all of it: Redis takes nothing else', () => {
    const toJSON = { toJSON: () => undefined };
    const hostile = Object.assign(new Error('x'), { name: 5, message: undefined });
    for (const reason of [toJSON, hostile, () => 1, 10n, true]) {
      const { name, message } = deadLetterOf('1-0', reason);
      expect([typeof name, typeof message]).toEqual(['string', 'string']);
    }
  });
});

test('an entry that was delivered too often says so by name', () => {
  const letter = deadLetterOf('7-0', spent({ stream: 's', id: '7-0' }));
  expect(letter).toEqual({ id: '7-0', name: 'MaxDeliveries', message: expect.stringContaining('Entry 7-0 of s was delivered') });
});

test('without a dead-letter stream the error says where one is given, and has the reason as its cause', () => {
  const cause = new Error('why');
  expect(noDeadLetter({ stream: 's', id: '7-0' }, cause)).toMatchObject({
    code: 'NO_DEAD_LETTER',
    message: expect.stringMatching(/^Entry 7-0 of s was rejected.*redeliver\(\)/),
    cause,
  });
});
